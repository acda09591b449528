// The rules for a new password (NIST SP 800-63B-4, section 3.1.1.2): long enough, not on the list of common ones, not personal.
// No rule about kinds of characters. Judged in Unicode's form NFC: in the page and at the origin, which can make it. The edge
// can't, and refuses only passwords that would be refused in that form too.
#pragma once

#include <string_view>

#include "shared/result.h"

namespace rekey {

inline constexpr std::size_t kDefaultPasswordMinLength =
    8;  // code points; SP 800-63B-4's floor beside a second factor. Without one it asks for 15: see PASSWORD_MIN_LENGTH
inline constexpr std::size_t kPasswordMaxLength = 256;    // code points; bounds the work of hashing
inline constexpr std::size_t kMaxPasswordMinLength = 64;  // more would refuse what SP 800-63B says must be allowed

struct PasswordContext {
  std::string_view email;         // empty where not known
  std::string_view username;      // empty where not known
  std::string_view product_name;  // empty where not known
  std::size_t min_length = kDefaultPasswordMinLength;
};

// In: a password in NFC.
// Returns: kNone, or the first of kPasswordNotText, kPasswordTooShort, kPasswordTooLong, kPasswordCommon, kPasswordPersonal.
// Length counts code points. Common and personal compare with ASCII case ignored. Personal: equal to the address, its local
// part, the user name or the product's name.
Error check_password(std::string_view password, const PasswordContext& context);

// In: a password as typed, in whatever form. Refuses only what check_password() refuses of its NFC: the length where no
// composition could mend it, the rest where the text is in NFC for certain.
Error check_typed_password(std::string_view typed, const PasswordContext& context);

// Returns: whether the NFC of what was typed can be a password at all: text of 1 to kPasswordMaxLength code points.
bool can_be_password(std::string_view typed);

// Returns: the policy's verdict as the word that the wire uses: "too_short", "too_long", "not_text", "common", "personal".
std::string_view password_reason(Error error);

}  // namespace rekey
