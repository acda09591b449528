#include "shared/email_address.h"

#include <algorithm>

#include "shared/a_label.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxLocalPartSize = 64;  // RFC 5321, section 4.5.3.1.1
constexpr std::size_t kMaxLabelSize = 63;      // RFC 1035, section 2.3.4

// RFC 5322, section 3.2.3, without the dot.
bool is_atom_character(char c) {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_atom(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_atom_character); }

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > kMaxLabelSize) return false;
  if (text.front() == '-' || text.back() == '-') return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; })) return false;
  return !looks_like_a_label(text) || is_a_label(text);
}

template <class Rule>
bool every_dotted_part(std::string_view text, Rule rule) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!rule(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return rule(text);
}

// RFC 2047, section 2: `=?charset?encoding?text?=`. Some mailers decode it in addresses, too: it can hide an '@' and another
// domain, to which they send the mail.
bool holds_encoded_word(std::string_view text) {
  const auto begin = text.find("=?");
  return begin != std::string_view::npos && text.find("?=", begin + 2) != std::string_view::npos;
}

std::string without_dots(std::string_view text) {
  std::string result(text);
  std::erase(result, '.');
  return result;
}

// Looks for an encoded-word after dropping the dots, since limiter_key() and some providers drop them, too. Dropping them hides
// none.
bool is_local_part(std::string_view text) {
  return text.size() <= kMaxLocalPartSize && every_dotted_part(text, is_atom) && !holds_encoded_word(without_dots(text));
}

// The last label begins with a letter (RFC 1123, section 2.1), which no spelling of an IPv4 address does.
bool is_domain(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == text.size() || !is_letter(text[dot + 1])) return false;
  return every_dotted_part(text, is_label);
}

}  // namespace

Result<EmailAddress> EmailAddress::parse(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > kMaxEmailSize || at == std::string_view::npos) return Error::kInvalidEmail;
  if (!is_local_part(text.substr(0, at)) || !is_domain(text.substr(at + 1))) return Error::kInvalidEmail;
  EmailAddress address;
  address.text_ = text;
  address.normalized_ = to_lower(text);
  return address;
}

std::string EmailAddress::limiter_key() const {
  const std::string_view local_part = normalized().substr(0, normalized_.find('@'));
  const std::string_view mail_box = local_part.substr(0, local_part.find('+'));
  if (mail_box.empty()) return normalized_;
  return without_dots(mail_box).append(normalized(), local_part.size());
}

}  // namespace rekey
