// A user name: 3 to 30 ASCII letters and digits, with at most one `-` or `_` between them, and no more than four digits in a row.
// Why so narrow: anyone can cause a mail with a chosen name to another person's address. These names can hold no link (a dot, a
// slash), no sentence (several separators) and no telephone number (many digits).
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kMinUsernameSize = 3;
inline constexpr std::size_t kMaxUsernameSize = 30;
inline constexpr std::size_t kMaxDigitRun = 4;  // a year fits, a telephone number does not

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
