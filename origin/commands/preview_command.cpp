#include <stdexcept>

#include "origin/commands/commands.h"
#include "origin/mail/mail_message.h"
#include "origin/mail/password_changed_mail.h"
#include "origin/mail/reset_mail.h"
#include "origin/mail/session_reused_mail.h"
#include "origin/mail/template_files.h"
#include "origin/settings/brand_setting.h"
#include "origin/settings/settings.h"

namespace rekey {
namespace {

// Any moment: the same preview each time, so that two can be compared.
constexpr std::chrono::sys_seconds kSampleMoment{std::chrono::seconds(1'893'456'000)};
constexpr std::chrono::seconds kSampleLifetime{3600};

// Keeps the mail instead of sending it.
class KeepingMailer final : public Mailer {
 public:
  MailOutcome send(const Mail& mail) override {
    kept = mail;
    return {MailVerdict::kTaken, 250, "kept"};
  }
  void end_by(std::chrono::steady_clock::time_point) override {}

  Mail kept;
};

std::string text_or(SettingsReader& reader, std::string_view name, std::string_view otherwise) {
  auto text = reader.text(name);
  return text.empty() ? std::string(otherwise) : text;
}

// The settings that `serve` would refuse, too.
void refuse_problems(const SettingTexts& texts, std::size_t known) {
  if (texts.problems.size() > known) throw std::runtime_error(texts.problems.back());
}

MailIdentity identity_from(SettingsReader& reader, const Brand& brand) {
  auto url = text_or(reader, "FRONTEND_URL", "https://account.example.com");
  if (url.ends_with('/')) url.pop_back();
  return {read_product_name(reader, brand),
          url,
          text_or(reader, "MAIL_FROM", "rekey@example.com"),
          reader.text("MAIL_CONTACT"),
          reader.text("SIGN_IN_HINT"),
          FirstPassword::kRefused,
          read_reset_page_url(reader),
          read_feature_set(reader),
          read_app_link_scheme(reader)};
}

void require_language(const MailTemplates& templates, const std::string& tag) {
  std::string known;
  for (const auto language : templates.languages()) {
    if (language == tag) return;
    known += (known.empty() ? "" : ", ") + std::string(language);
  }
  throw std::runtime_error("--language must be one of " + known);
}

User sample_user(const std::string& language) {
  User user;
  user.username = "ada";
  user.email = "ada@example.com";
  user.language = language;
  return user;
}

RequestInfo sample_request() {
  return {.request_id = "",
          .client_ip = "192.0.2.7",
          .user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          .country = "DE",
          .accept_language = ""};
}

TokenText sample_token() {
  std::array<char, kTokenTextSize> text{};
  text.fill('A');
  return TokenText(text);
}

Mail compose(const std::string& kind, const MailIdentity& identity, const MailTemplates& templates, const std::string& language) {
  KeepingMailer mailer;
  auto user = sample_user(language);
  user.has_password = kind != "sign-in";
  if (kind == "password-changed") {
    PasswordChangedMail(identity, templates, mailer)
        .after_reset_password({"sample", user, PasswordChange::kByReset, kSampleMoment, sample_request()});
  } else if (kind == "session-reused") {
    SessionReusedMail(identity, templates, mailer).after_session_reuse({"sample", user, kSampleMoment, sample_request()});
  } else {
    const auto token = sample_token();
    const auto code = *RecoveryCode::parse("12345678");
    ResetMail(identity, templates, mailer)
        .after_forgot_password(
            {"sample", user, token, kSampleMoment + kSampleLifetime, kSampleLifetime, kSampleMoment, sample_request(), &code});
  }
  return mailer.kept;
}

}  // namespace

int preview_mail(SettingTexts& texts, const CommandLine& line, std::ostream& out) {
  SettingsReader reader(texts);
  const auto brand = require_brand(texts);
  const auto known = texts.problems.size();
  const auto identity = identity_from(reader, brand);
  refuse_problems(texts, known);
  const auto templates = TemplateFiles::load(read_templates_folder(reader), brand);
  require_language(templates, line.text("--language"));
  const auto mail = compose(line.text("MAIL"), identity, templates, line.text("--language"));
  if (line.text("--part") == "html") {
    out << mail.html;
  } else if (line.text("--part") == "text") {
    out << mail.subject << "\n\n" << mail.text;
  } else {
    const auto message = make_mail_message(mail, {identity.from_address, identity.product_name}, kSampleMoment);
    if (!message) throw std::runtime_error("MAIL_FROM or PRODUCT_NAME can't stand in a mail");
    out << *message;
  }
  return 0;
}

}  // namespace rekey
