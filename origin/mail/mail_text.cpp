#include "origin/mail/mail_text.h"

#include <vector>

#include "origin/mail/mail_device.h"
#include "shared/language.h"
#include "shared/username.h"

namespace rekey {
namespace {

std::string two_digits(long number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string device_words(const MailTemplates& templates, std::string_view language, std::string_view user_agent) {
  const auto device = recognize_device(user_agent);
  if (device.browser.empty()) return std::string(device.system);
  if (device.system.empty()) return std::string(device.browser);
  return templates.phrase(language, "words.device",
                          {{"browser", std::string(device.browser)}, {"system", std::string(device.system)}});
}

std::string counted(const MailTemplates& templates, std::string_view language, const std::string& unit, long count) {
  const auto form = count == 1 ? ".one" : ".other";
  return templates.phrase(language, "words." + unit + form, {{"count", std::to_string(count)}});
}

std::string_view domain_of(std::string_view address) { return address.substr(address.rfind('@') + 1); }

}  // namespace

std::string_view choose_mail_language(const MailTemplates& templates, const User& user, const RequestInfo& request) {
  const auto known = templates.languages();
  std::vector<std::string_view> or_none = {""};
  or_none.insert(or_none.end(), known.begin(), known.end());
  const auto stored = choose_language(user.language, or_none);
  return stored.empty() ? choose_language(request.accept_language, known) : stored;
}

std::string duration_words(const MailTemplates& templates, std::string_view language, std::chrono::seconds duration) {
  const auto seconds = static_cast<long>(duration.count());
  return seconds % 60 == 0 ? counted(templates, language, "minutes", seconds / 60)
                           : counted(templates, language, "seconds", seconds);
}

std::string time_words(const MailTemplates& templates, std::string_view language, std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto month = "words.month." + std::to_string(static_cast<unsigned>(date.month()));
  return templates.phrase(language, "words.time",
                          {{"day", std::to_string(static_cast<unsigned>(date.day()))},
                           {"month", templates.phrase(language, month, {})},
                           {"year", std::to_string(static_cast<int>(date.year()))},
                           {"hour", two_digits(clock.hours().count())},
                           {"minute", two_digits(clock.minutes().count())}});
}

MailValues common_values(const MailTemplates& templates, std::string_view language, const MailIdentity& identity,
                         const User& user, const RequestInfo& request, std::chrono::sys_seconds when) {
  return {{"product_name", identity.product_name},
          {"site", identity.frontend_url},
          {"contact", identity.contact},
          {"username", Username::parse(user.username) ? user.username : ""},
          {"when", time_words(templates, language, when)},
          {"device", device_words(templates, language, request.user_agent)},
          {"place", templates.country(language, request.country)},
          {"address", mask_address(request.client_ip)}};
}

Mail compose_mail(MailText text, const MailIdentity& identity, const User& user, std::string_view delivery_id,
                  std::string_view language) {
  Mail mail;
  mail.to = user.email;
  mail.subject = std::move(text.subject);
  mail.text = std::move(text.text);
  mail.html = std::move(text.html);
  mail.message_id = std::string(delivery_id) + "@" + std::string(domain_of(identity.from_address));
  mail.language = language;
  return mail;
}

}  // namespace rekey
