// A program that embeds Rekey and brings every part of its own: store, hasher, mailer and both hooks. embedding.test.mjs builds
// it with an installed Rekey and goes through a reset. README.md, "Embed it", shows main().
#include <iostream>
#include <syncstream>
#include <thread>

#include "memory_store.h"
#include "origin/origin.h"

// Cheap, so no protection: for tests only.
class CheapHasher : public rekey::PasswordHasher {
 public:
  std::optional<rekey::PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) override {
    return still_wanted() ? std::optional(cheap(password)) : std::nullopt;
  }
  rekey::PasswordMatch verify(std::string_view password, const rekey::PasswordHash& stored, rekey::Admits admits) override {
    return admits == rekey::Admits::kRightPassword && stored == cheap(password) ? rekey::PasswordMatch::kYes
                                                                                : rekey::PasswordMatch::kNo;
  }
  rekey::PasswordHash hash_of_nobody(std::string_view) override { return {"nobody"}; }
  void expect(const std::vector<std::string>&) override {}

 private:
  static rekey::PasswordHash cheap(std::string_view password) {
    return {"cheap:" + std::to_string(std::hash<std::string_view>{}(password))};
  }
};

class ConsoleMailer : public rekey::Mailer {
 public:
  rekey::MailOutcome send(const rekey::Mail& mail) override {
    std::osyncstream(std::cout) << "mail to " << mail.to << ": " << mail.text << std::endl;
    return {rekey::MailVerdict::kTaken, 250, "printed"};
  }
  void end_by(std::chrono::steady_clock::time_point) override {}  // send() never waits
};

class ShortMail : public rekey::AfterForgotPassword {
 public:
  ShortMail(rekey::Mailer& mailer, std::string frontend_url) : mailer_(mailer), frontend_url_(std::move(frontend_url)) {}

  rekey::MailOutcome after_forgot_password(const rekey::ForgotPasswordEvent& event) override {
    rekey::Mail mail;
    mail.to = event.user.email;
    mail.subject = "Your link";
    mail.text = frontend_url_ + "/reset-password#token=" + std::string(event.token.reveal());
    mail.message_id = event.delivery_id + "@service.example";
    return mailer_.send(mail);
  }

 private:
  rekey::Mailer& mailer_;
  std::string frontend_url_;
};

// Sends no mail: tells another part of the service.
class TellService : public rekey::AfterResetPassword {
 public:
  rekey::MailOutcome after_reset_password(const rekey::PasswordChangedEvent& event) override {
    std::osyncstream(std::cout) << "new password of " << event.user.username << ", set from " << event.request.client_ip
                                << std::endl;
    return {rekey::MailVerdict::kTaken, 250, "told"};
  }
};

int main() {
  const rekey::SettingMap defaults = {{"TEMPLATES_DIR", REKEY_TEMPLATES_DIR}};
  auto texts = rekey::gather_settings(rekey::read_environment(), defaults, rekey::read_setting_file);
  const auto settings = rekey::interpret_settings(texts, {"DATABASE_URL", "MAIL_SERVER"});
  for (const auto& problem : texts.problems) std::cerr << problem << "\n";
  if (!settings) return 2;

  MemoryStore store;
  CheapHasher hasher;
  rekey::OriginParts parts;
  parts.store = &store;
  parts.hasher = &hasher;
  parts.mailer = [] { return std::make_unique<ConsoleMailer>(); };
  parts.after_forgot_password = [&](rekey::Mailer& mailer) {
    return std::make_unique<ShortMail>(mailer, settings->frontend_url);
  };
  parts.after_reset_password = [](rekey::Mailer&) { return std::make_unique<TellService>(); };

  rekey::Origin origin(*settings, parts);
  std::jthread until_input_ends([&] {
    while (std::cin.get() != EOF) continue;
    origin.stop();
  });
  std::osyncstream(std::cout) << "listening on port " << origin.port() << std::endl;
  origin.run();
}
