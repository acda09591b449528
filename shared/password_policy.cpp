#include "shared/password_policy.h"

#include "shared/ascii.h"
#include "shared/common_passwords.h"
#include "shared/utf8.h"

namespace rekey {
namespace {

bool is_personal(std::string_view password, const PasswordContext& context) {
  const std::string_view local_part = context.email.substr(0, context.email.find('@'));
  for (std::string_view known : {context.email, local_part, context.username, context.product_name}) {
    if (!known.empty() && equal_ignoring_case(password, known)) return true;
  }
  return false;
}

}  // namespace

Error check_password(std::string_view password, const PasswordContext& context) {
  if (find_text_fault(password) != TextFault::kNone) return Error::kPasswordNotText;
  const std::size_t length = *count_code_points(password);
  if (length < context.min_length) return Error::kPasswordTooShort;
  if (length > kPasswordMaxLength) return Error::kPasswordTooLong;
  if (is_common_password(password)) return Error::kPasswordCommon;
  if (is_personal(password, context)) return Error::kPasswordPersonal;
  return Error::kNone;
}

std::string_view password_reason(Error error) {
  switch (error) {
    case Error::kPasswordTooShort:
      return "too_short";
    case Error::kPasswordTooLong:
      return "too_long";
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
