// An e-mail address that can be mailed to and compared: RFC 5321 section 4.1.2 without quoted local parts, comments, literals.
// Local part ASCII, without an encoded-word (RFC 2047); the domain at least two LDH labels or A-labels (RFC 5890). At most 120
// characters in all. An international domain is turned into A-labels by the platform's URL parser before it comes here.
#pragma once

#include <string>
#include <string_view>

#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kMaxEmailSize = 120;

class EmailAddress {
 public:
  // Errors: kInvalidEmail.
  static Result<EmailAddress> parse(std::string_view text);

  std::string_view text() const { return text_; }
  // Returns: the form to compare and to look up by: ASCII letters in lower case, nothing else changed.
  std::string_view normalized() const { return normalized_; }

  // Returns: the form that limits count by: normalized, a `+suffix` and the dots of the local part dropped. An address itself.
  // Why: `a+1@x.test`, `a+2@x.test` and, at some providers, `a.b@`, `ab@` end in one mail box. Never used to find an account.
  std::string limiter_key() const;

 private:
  EmailAddress() = default;
  std::string text_;
  std::string normalized_;
};

}  // namespace rekey
