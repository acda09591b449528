#include "origin/mail/reset_mail.h"

#include <string_view>
#include <utility>

#include "shared/codec/utf8.h"

namespace rekey {
namespace {

// A phrase of a foreign table, where people may write it: no line of its own, and no room for a letter.
bool is_phrase(std::string_view text) {
  constexpr std::size_t kMost = 120;
  return !text.empty() && text.size() <= kMost && find_text_fault(text) == TextFault::kNone;
}

// Two groups of four: a number of eight digits is hard to copy, and a program that scans mails takes it for a telephone number.
std::string in_groups(std::string_view digits) { return std::string(digits.substr(0, 4)) + " " + std::string(digits.substr(4)); }

}  // namespace

std::string reset_page(const std::string& frontend_url, const std::string& reset_page_url) {
  return reset_page_url.empty() ? frontend_url + "/reset-password" : reset_page_url;
}

ResetMail::ResetMail(MailIdentity identity, const MailTemplates& templates, Mailer& mailer)
    : identity_(std::move(identity)), templates_(templates), mailer_(mailer) {}

MailOutcome ResetMail::after_forgot_password(const ForgotPasswordEvent& event) {
  const bool gets_link = event.user.has_password || identity_.first_password == FirstPassword::kAllowed;
  return mailer_.send(gets_link ? compose(event) : compose_sign_in(event));
}

void ResetMail::rehearse(const ForgotPasswordEvent& event) { compose(event); }

Mail ResetMail::compose(const ForgotPasswordEvent& event) const {
  const auto language = choose_mail_language(templates_, event.user, event.request);
  const auto fragment = "#token=" + std::string(event.token.reveal());
  auto values = common_values(templates_, language, identity_, event.user, event.request, event.requested_at);
  values["link"] = reset_page(identity_.frontend_url, identity_.reset_page_url) + fragment;
  values["cancel_link"] = identity_.frontend_url + "/reset-password/cancel" + fragment;
  values["code"] = event.code == nullptr ? "" : in_groups(event.code->reveal());
  values["app_link"] = identity_.app_link_scheme.empty() ? "" : identity_.app_link_scheme + ":/reset-password" + fragment;
  values["lifetime"] = duration_words(templates_, language, event.lifetime);
  values["expires"] = time_words(templates_, language, event.expires_at);
  const auto text = templates_.fill(MailKind::kReset, language, values);
  return compose_mail(text, identity_, event.user, event.delivery_id, language);
}

// The token stays untold: nobody can use it.
Mail ResetMail::compose_sign_in(const ForgotPasswordEvent& event) const {
  const auto language = choose_mail_language(templates_, event.user, event.request);
  auto values = common_values(templates_, language, identity_, event.user, event.request, event.requested_at);
  values["sign_in_with"] = is_phrase(event.user.sign_in_with) ? event.user.sign_in_with : identity_.sign_in_hint;
  const auto text = templates_.fill(MailKind::kSignIn, language, values);
  return compose_mail(text, identity_, event.user, event.delivery_id, language);
}

}  // namespace rekey
