#include "shared/password_policy.h"

#include "shared/codec/ascii.h"
#include "shared/codec/utf8.h"
#include "shared/common_passwords.h"

namespace rekey {
namespace {

bool is_personal(std::string_view password, const PasswordContext& context) {
  const std::string_view local_part = context.email.substr(0, context.email.find('@'));
  for (std::string_view known : {context.email, local_part, context.username, context.product_name}) {
    if (!known.empty() && equal_ignoring_case(password, known)) return true;
  }
  return false;
}

// The bounds on the number of code points that a text may have in NFC.
struct NfcLength {
  std::size_t fewest;
  std::size_t most;
};

// UAX #15: text below U+0300 is in NFC. In other text up to four code points may become one, or one may become up to four: no
// canonical decomposition is longer. `é` with a dot below grows; `a` with an accent shrinks; U+FB2C becomes three.
constexpr char32_t kFirstNotInNfc = 0x300;
constexpr std::size_t kLongestDecomposition = 4;

bool is_surely_nfc(std::string_view text) {
  while (!text.empty()) {
    const auto point = read_code_point(text);
    if (!point || point->value >= kFirstNotInNfc) return false;
    text.remove_prefix(point->size);
  }
  return true;
}

// In: well-formed text.
NfcLength nfc_length(std::string_view text) {
  const std::size_t length = *count_code_points(text);
  if (is_surely_nfc(text)) return {length, length};
  return {(length + kLongestDecomposition - 1) / kLongestDecomposition, length * kLongestDecomposition};
}

}  // namespace

Error check_password(std::string_view password, const PasswordContext& context) {
  if (find_text_fault(password) != TextFault::kNone) return Error::kPasswordNotText;
  const std::size_t length = *count_code_points(password);
  if (length < context.min_length) return Error::kPasswordTooShort;
  if (length > kPasswordMaxLength) return Error::kPasswordTooLong;
  if (password.size() > context.most_bytes) return Error::kPasswordTooManyBytes;
  if (is_common_password(password)) return Error::kPasswordCommon;
  if (is_personal(password, context)) return Error::kPasswordPersonal;
  return Error::kNone;
}

Error check_typed_password(std::string_view typed, const PasswordContext& context) {
  if (find_text_fault(typed) != TextFault::kNone) return Error::kPasswordNotText;
  if (is_surely_nfc(typed)) return check_password(typed, context);
  const NfcLength length = nfc_length(typed);
  if (length.most < context.min_length) return Error::kPasswordTooShort;
  return length.fewest > kPasswordMaxLength ? Error::kPasswordTooLong : Error::kNone;
}

bool can_be_password(std::string_view typed) {
  if (typed.empty() || !count_code_points(typed)) return false;
  return nfc_length(typed).fewest <= kPasswordMaxLength;
}

std::string_view password_reason(Error error) {
  switch (error) {
    case Error::kPasswordTooShort:
      return "too_short";
    case Error::kPasswordTooLong:
      return "too_long";
    case Error::kPasswordTooManyBytes:
      return "too_many_bytes";
    case Error::kPasswordNotText:
      return "not_text";
    case Error::kPasswordCommon:
      return "common";
    case Error::kPasswordPersonal:
      return "personal";
    default:
      __builtin_trap();
  }
}

}  // namespace rekey
