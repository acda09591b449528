// What a form hashes instead of the password: see PreHash. Used for writing and for verifying.
#pragma once

#include <string>
#include <string_view>

#include "origin/passwords/stored_hash.h"

namespace rekey {

// A secret: no operator<<, wiped when destroyed.
class PreparedPassword {
 public:
  // In: the password after NFC. Throws: Unavailable if the library can't compute.
  PreparedPassword(std::string_view password, PreHash how);
  PreparedPassword(const PreparedPassword&) = delete;
  PreparedPassword& operator=(const PreparedPassword&) = delete;
  ~PreparedPassword();

  std::string_view reveal() const { return text_; }

 private:
  std::string text_;
};

}  // namespace rekey
