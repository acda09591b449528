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

// Returns: whether `stored` tells the password from every other one. Not so: bcrypt, of more than 72 bytes; WordPress, with
// blanks at the ends; better-auth, of a text that is not in NFKC.
bool is_told_apart(std::string_view password, const StoredHash& stored);

}  // namespace rekey
