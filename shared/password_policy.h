// The rules for a new password (NIST SP 800-63B-4, section 3.1.1.2): long enough, not on the list of common ones, not personal.
// No rules about kinds of characters. The pages and the origin judge the password in Unicode's form NFC. The edge can't
// normalise, and refuses only passwords that would be refused in NFC, too.
#pragma once

#include <string_view>

#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kDefaultPasswordMinLength =
    8;  // code points; SP 800-63B-4's minimum with a second factor. Without one it is 15: see PASSWORD_MIN_LENGTH
inline constexpr std::size_t kPasswordMaxLength = 256;    // code points; bounds the work of hashing
inline constexpr std::size_t kMaxPasswordMinLength = 64;  // SP 800-63B-4 recommends that passwords of 64 be allowed
inline constexpr std::size_t kAnyPasswordBytes = static_cast<std::size_t>(-1);

struct PasswordContext {
  std::string_view email;         // empty if not known
  std::string_view username;      // empty if not known
  std::string_view product_name;  // empty if not known
  std::size_t min_length = kDefaultPasswordMinLength;
  std::size_t most_bytes = kAnyPasswordBytes;  // of UTF-8: bcrypt reads 72
};

// In: a password in NFC.
// Returns: kNone, or the first of kPasswordNotText, kPasswordTooShort, kPasswordTooLong,
// kPasswordTooManyBytes, kPasswordCommon, kPasswordPersonal. Length counts code points. Common and personal compare with ASCII
// case ignored. Personal: equal to the address, its local part, the user name or the product's name.
Error check_password(std::string_view password, const PasswordContext& context);

// In: a password as typed, in any form. Refuses only what check_password() would refuse in NFC: text that is not UTF-8 or holds
// control characters; for its length if normalising can't mend that; for the other reasons if the text is certainly in NFC.
Error check_typed_password(std::string_view typed, const PasswordContext& context);

// Returns: whether the NFC of the typed text can be a password at all: 1 to kPasswordMaxLength code points.
bool can_be_password(std::string_view typed);

// Returns: the policy's verdict as the word in answers: "too_short", "too_long", "too_many_bytes", "not_text",
// "common", "personal".
std::string_view password_reason(Error error);

}  // namespace rekey
