#include "origin/use_cases/password_rules.h"

#include "shared/codec/bytes.h"

namespace rekey {

namespace {
void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}
}  // namespace

PasswordText::PasswordText(PasswordText&& other) noexcept : text_(other.text_) { wipe_text(other.text_); }

PasswordText::~PasswordText() { wipe_text(text_); }

PasswordRules::PasswordRules(const TextNormalizer& normalizer, std::string product_name, std::size_t min_length,
                             std::size_t most_bytes)
    : normalizer_(normalizer), product_name_(std::move(product_name)), min_length_(min_length), most_bytes_(most_bytes) {}

Result<PasswordText> PasswordRules::accept(std::string_view typed, std::string_view email, std::string_view username) const {
  auto nfc = normalizer_.nfc(typed);
  if (!nfc) return Error::kPasswordNotText;
  PasswordText password(std::move(*nfc));
  const PasswordContext context{
      .email = email, .username = username, .product_name = product_name_, .min_length = min_length_, .most_bytes = most_bytes_};
  const Error refusal = check_password(password.reveal(), context);
  if (refusal != Error::kNone) return refusal;
  return password;
}

PasswordText PasswordRules::normalize(std::string_view typed) const { return PasswordText(normalizer_.nfc(typed).value_or("")); }

}  // namespace rekey
