// An e-mail address for mailing and comparing: RFC 5321 section 4.1.2 without quoted local parts, comments and literals.
// The local part is ASCII and holds no encoded-word (RFC 2047), even if its dots are dropped; the domain has at least two LDH
// labels or A-labels (RFC 5890). At most 120 characters in all. The platform's URL parser converts international domains to
// A-labels first.
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
  // Returns: the form for comparing and look-ups: ASCII letters in lower case, nothing else changed.
  std::string_view normalized() const { return normalized_; }

  // Returns: the form that limits count by: normalized, without a `+suffix` and the dots of the local part. It is an address,
  // too. Why: `a+1@x.test`, `a+2@x.test` and, at some providers, `a.b@`, `ab@` are one mailbox. Never used to find an account.
  std::string limiter_key() const;

 private:
  EmailAddress() = default;
  std::string text_;
  std::string normalized_;
};

}  // namespace rekey
