// A user name: 3 to 50 of ASCII letters, digits, `_` and `-`, beginning with a letter or digit.
// Why so narrow: it stands in mails. Without dots, slashes and spaces no mail client makes a link of it.
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kMinUsernameSize = 3;
inline constexpr std::size_t kMaxUsernameSize = 50;

class Username {
 public:
  // Errors: kInvalidUsername.
  static Result<Username> parse(std::string_view text);
  std::string_view text() const { return text_; }

 private:
  Username() = default;
  std::string text_;
};

}  // namespace rekey
