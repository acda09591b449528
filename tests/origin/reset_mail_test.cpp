#include "origin/mail/reset_mail.h"

#include <catch2/catch.hpp>

#include "origin/mail/password_changed_mail.h"
#include "origin/mail/session_reused_mail.h"
#include "origin/mail/template_files.h"
#include "tests/origin/mail_fakes.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const TemplateFiles& shipped() {
  static const auto files = TemplateFiles::load(default_templates_folder());
  return files;
}

const MailIdentity kIdentity = {"Rekey", "https://app.rekey.test", "noreply@rekey.test", "help@rekey.test"};

TokenText test_token() {
  std::array<char, kTokenTextSize> text{};
  text.fill('t');
  return TokenText(text);
}
const TokenText kToken = test_token();
const std::string kLink = "https://app.rekey.test/reset-password#token=" + std::string(72, 't');
const std::string kCancelLink = "https://app.rekey.test/reset-password/cancel#token=" + std::string(72, 't');

User ada() {
  User user;
  user.id = "0";
  user.username = "ada";
  user.email = "ada@example.com";
  return user;
}

RequestInfo request_from(const std::string& language) {
  return {"request-id", "203.0.113.77", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "DE", language};
}

ForgotPasswordEvent forgot(const std::string& language = "en") {
  return {"key-1", ada(), kToken, kTestNow + 3600s, 3600s, kTestNow, request_from(language)};
}

PasswordChangedEvent changed(PasswordChange how, const std::string& language = "en") {
  return {"key-2", ada(), how, kTestNow, request_from(language)};
}

Mail reset_mail(const ForgotPasswordEvent& event, const MailIdentity& identity = kIdentity) {
  RememberingMailer mailer;
  CHECK(ResetMail(identity, shipped(), mailer).after_forgot_password(event).verdict == MailVerdict::kTaken);
  REQUIRE(mailer.mails.size() == 1);
  return mailer.mails[0];
}

Mail changed_mail(const PasswordChangedEvent& event, const MailIdentity& identity = kIdentity) {
  RememberingMailer mailer;
  CHECK(PasswordChangedMail(identity, shipped(), mailer).after_reset_password(event).verdict == MailVerdict::kTaken);
  REQUIRE(mailer.mails.size() == 1);
  return mailer.mails[0];
}

std::vector<std::string> links_in(std::string_view html) {
  constexpr std::string_view kBegin = "href=\"";
  std::vector<std::string> links;
  for (auto at = html.find(kBegin); at != std::string_view::npos; at = html.find(kBegin)) {
    html.remove_prefix(at + kBegin.size());
    links.emplace_back(html.substr(0, html.find('"')));
  }
  return links;
}

}  // namespace

TEST_CASE("the code is shown in two groups of four, in each part and language, and only if there is one", "[reset_mail]") {
  const auto code = *RecoveryCode::parse("01234567");
  for (const char* language : {"en", "de"}) {
    auto event = forgot(language);
    const auto without = reset_mail(event);
    event.code = &code;
    const auto with = reset_mail(event);
    for (const auto& [shown, hidden] : {std::pair(with.text, without.text), std::pair(with.html, without.html)}) {
      CHECK(shown.find("0123 4567") != std::string::npos);
      CHECK(shown.find("01234567") == std::string::npos);
      CHECK(hidden.find("0123") == std::string::npos);
    }
    CHECK(with.subject == without.subject);
    for (const auto& link : links_in(with.html)) CHECK(link.find("0123") == std::string::npos);
  }
}

TEST_CASE(
    "A6 B5: both parts of the reset mail hold the greeting by name, the link, its expiry and advice for a mail not asked for",
    "[reset_mail][A6][B5]") {
  const auto mail = reset_mail(forgot());
  CHECK(mail.to == "ada@example.com");
  CHECK(mail.subject == "Reset your Rekey password");
  CHECK(mail.message_id == "key-1@rekey.test");
  CHECK(mail.language == "en");
  for (const auto& part : {mail.text, mail.html}) {
    CHECK_THAT(part, Contains("Hello ada,") && Contains("60 minutes") && Contains("21 November 2026, 04:35 UTC"));
    CHECK_THAT(part, Contains(kLink) && Contains("You can ignore this mail"));
    CHECK_THAT(part, Contains("21 November 2026, 03:35 UTC") && Contains("Germany") && Contains("Firefox on Linux"));
    CHECK_THAT(part, Contains("203.0.113.*") && !Contains("203.0.113.77"));
  }
  CHECK_THAT(mail.text, Contains("\n" + kLink + "\n") && Contains("\n" + kCancelLink + "\n"));
  CHECK(links_in(mail.html) == std::vector<std::string>{kLink, kLink, kCancelLink});
}

TEST_CASE("B5: the HTML is made of tables and inline styles, with a language, and without scripts or anything loaded",
          "[reset_mail][B5]") {
  const auto html = GENERATE(as<std::string>{}, reset_mail(forgot()).html, changed_mail(changed(PasswordChange::kByReset)).html);
  CHECK_THAT(html, Contains("<html lang=\"en\">") && Contains("role=\"presentation\"") && Contains("style=\""));
  CHECK_THAT(html, !Contains("<script") && !Contains("<img") && !Contains("src=") && !Contains("url(") && !Contains("@import"));
  CHECK_THAT(html, !Contains("{{"));
}

TEST_CASE("B2 O20: every link begins with the setting, whatever the request says", "[reset_mail][B2][O20]") {
  auto event = forgot();
  event.request.user_agent = "https://evil.test/ Firefox/1";
  event.request.country = "https://evil.test";
  event.request.client_ip = "evil.test";
  event.request.accept_language = "evil.test";
  const auto mail = reset_mail(event);
  for (const auto& link : links_in(mail.html)) CHECK_THAT(link, Catch::StartsWith("https://app.rekey.test/"));
  CHECK_THAT(mail.html + mail.text, !Contains("evil.test"));
}

TEST_CASE("B5: the lifetime in the mail is the setting's", "[reset_mail][B5]") {
  auto event = forgot();
  event.lifetime = 60s;
  const auto mail = reset_mail(event);
  CHECK_THAT(mail.text, Contains("1 minute,"));
}

TEST_CASE("unknown details of a request are left out, with their labels", "[reset_mail]") {
  auto event = forgot();
  event.request = {};
  const auto mail = reset_mail(event);
  for (const auto& part : {mail.text, mail.html}) {
    CHECK_THAT(part, Contains("Time") && !Contains("Country") && !Contains("Device") && !Contains("Network"));
  }
}

TEST_CASE("values are escaped in the HTML part alone", "[reset_mail]") {
  auto identity = kIdentity;
  identity.product_name = "Fish & <Chips>";
  const auto mail = reset_mail(forgot(), identity);
  CHECK(mail.subject == "Reset your Fish & <Chips> password");
  CHECK_THAT(mail.text, Contains("Fish & <Chips>"));
  CHECK_THAT(mail.html, Contains("Fish &amp; &lt;Chips&gt;") && !Contains("<Chips>"));
}

TEST_CASE("the mails are in German for German readers", "[reset_mail][password_changed_mail]") {
  const auto mail = reset_mail(forgot("de-DE,de;q=0.9"));
  CHECK(mail.language == "de");
  CHECK(mail.subject == "Neues Passwort für Rekey");
  CHECK_THAT(mail.html,
             Contains("<html lang=\"de\">") && Contains("Hallo ada,") && Contains("60 Minuten") && Contains("Deutschland"));
  CHECK(changed_mail(changed(PasswordChange::kByOwner, "de")).subject == "Ihr Passwort für Rekey wurde geändert");
}

TEST_CASE("a retry makes the same mail", "[reset_mail][M16]") {
  const auto first = reset_mail(forgot());
  const auto second = reset_mail(forgot());
  CHECK(first.message_id == second.message_id);
  CHECK(first.text == second.text);
  CHECK(first.html == second.html);
}

TEST_CASE("A7 M22: the notice says how the password changed, and holds no token and no way to log in",
          "[password_changed_mail][A7][M22]") {
  const auto how = GENERATE(PasswordChange::kByReset, PasswordChange::kByOwner);
  const auto mail = changed_mail(changed(how));
  CHECK(mail.to == "ada@example.com");
  CHECK(mail.subject == "Your Rekey password was changed");
  CHECK(mail.message_id == "key-2@rekey.test");
  for (const auto& part : {mail.text, mail.html}) {
    CHECK_THAT(part, Contains("Hello ada,") && Contains("help@rekey.test") && !Contains("token") && !Contains("/login"));
    CHECK_THAT(part, Contains(how == PasswordChange::kByReset ? "the code of a reset mail" : "knew the old one"));
    CHECK_THAT(part, !Contains(how == PasswordChange::kByReset ? "knew the old one" : "the code of a reset mail"));
  }
  CHECK(links_in(mail.html) == std::vector<std::string>{"https://app.rekey.test/forgot-password"});
  CHECK_THAT(mail.text, Contains("\nhttps://app.rekey.test/forgot-password\n"));
}

TEST_CASE("the hook returns the mailer's outcome", "[reset_mail]") {
  RememberingMailer mailer;
  mailer.outcomes = {{MailVerdict::kRefused, 550, "x"}};
  CHECK(ResetMail(kIdentity, shipped(), mailer).after_forgot_password(forgot()).smtp_code == 550);
}

TEST_CASE("an account without a password gets a mail that says how it signs in, with no link and no token",
          "[reset_mail][sign_in]") {
  auto event = forgot();
  event.user.has_password = false;
  auto identity = kIdentity;
  SECTION("by the account's own way") {
    event.user.sign_in_with = "Google & <Co>";
    identity.sign_in_hint = "GitHub";
    const auto mail = reset_mail(event, identity);
    CHECK(mail.subject == "How to sign in to Rekey");
    CHECK_THAT(mail.text, Contains("You sign in with: Google & <Co>") && !Contains("GitHub"));
    CHECK_THAT(mail.html, Contains("Google &amp; &lt;Co&gt;"));
  }
  SECTION("by the hint of the settings") {
    identity.sign_in_hint = "GitHub";
    CHECK_THAT(reset_mail(event, identity).text, Contains("You sign in with: GitHub"));
  }
  SECTION("by the hint, where the account's own is no phrase: people may write that column") {
    event.user.sign_in_with =
        GENERATE(as<std::string>{}, "Google\nYour account is locked, call us", std::string(121, 'x'), "Go\x7fogle");
    identity.sign_in_hint = "GitHub";
    CHECK_THAT(reset_mail(event, identity).text, Contains("You sign in with: GitHub"));
  }
  SECTION("as before, if neither is known") {
    CHECK_THAT(reset_mail(event, identity).text, Contains("Sign in the way you did before"));
  }
  const auto mail = reset_mail(event, identity);
  CHECK(links_in(mail.html).empty());
  CHECK_THAT(mail.text + mail.html, !Contains(std::string(72, 't')) && !Contains("app.rekey.test"));
  CHECK(mail.to == "ada@example.com");
}

TEST_CASE("where first passwords are allowed an account without one gets the link", "[reset_mail][sign_in]") {
  auto event = forgot();
  event.user.has_password = false;
  auto identity = kIdentity;
  identity.first_password = FirstPassword::kAllowed;
  CHECK_THAT(reset_mail(event, identity).text, Contains(kLink));
}

TEST_CASE("a name that breaks the rules for names, as another product's may, is left out of the greeting", "[reset_mail]") {
  auto event = forgot();
  event.user.username = GENERATE("", "Visit evil.test", "evil.test", "call 0123456789");
  const auto mail = reset_mail(event);
  for (const auto& part : {mail.text, mail.html}) {
    CHECK_THAT(part, Contains("Hello,") && !Contains("evil.test") && !Contains("0123456789"));
  }
}

TEST_CASE("the link leads to our page unless there is another one", "[reset_mail]") {
  CHECK(reset_page("https://accounts.example.com", "") == "https://accounts.example.com/reset-password");
  CHECK(reset_page("https://accounts.example.com", "https://app.example.com/new") == "https://app.example.com/new");
}

TEST_CASE("RESET_PAGE_URL is where the link to a new password leads; the link to cancel stays with us", "[reset_mail]") {
  auto identity = kIdentity;
  identity.reset_page_url = "https://shop.example.com/account/new-password?from=mail&a=b";
  const auto mail = reset_mail(forgot(), identity);
  const auto link = identity.reset_page_url + "#token=" + std::string(72, 't');
  CHECK_THAT(mail.text, Contains("\n" + link + "\n") && Contains("\n" + kCancelLink + "\n") && !Contains(kLink));
  const std::string in_html = "https://shop.example.com/account/new-password?from=mail&amp;a=b#token=" + std::string(72, 't');
  CHECK(links_in(mail.html) == std::vector<std::string>{in_html, in_html, kCancelLink});
}

TEST_CASE("no mail links to a log-in, a registration or an account page, in any language", "[reset_mail]") {
  const std::vector<std::string> known = {kLink, kLink, kCancelLink};
  for (const std::string language : {"en", "de"}) {
    CHECK(links_in(reset_mail(forgot(language)).html) == known);
    for (const auto how : {PasswordChange::kByReset, PasswordChange::kByOwner}) {
      const auto mail = changed_mail(changed(how, language));
      CHECK(links_in(mail.html) == std::vector<std::string>{"https://app.rekey.test/forgot-password"});
      CHECK_THAT(mail.text, !Contains("/login") && !Contains("/register") && !Contains("/account"));
    }
    const auto mail = reset_mail(forgot(language));
    CHECK_THAT(mail.text, !Contains("/login") && !Contains("/register") && !Contains("/account"));
  }
}

TEST_CASE("with FEATURES=recovery no mail speaks of sessions or log-ins, which are the application's, in any language",
          "[reset_mail]") {
  auto identity = kIdentity;
  identity.features = FeatureSet::kRecovery;
  const auto all = changed_mail(changed(PasswordChange::kByReset));
  for (const auto& part : {all.text, all.html}) CHECK_THAT(part, Contains("has been logged out"));
  for (const std::string language : {"en", "de"}) {
    const auto notice = changed_mail(changed(PasswordChange::kByReset, language), identity);
    const auto link = reset_mail(forgot(language), identity);
    auto without_password = forgot(language);
    without_password.user.has_password = false;
    const auto sign_in = reset_mail(without_password, identity);
    for (const auto& part : {notice.text, notice.html, link.text, link.html, sign_in.text, sign_in.html}) {
      CHECK_THAT(part,
                 !Contains("log") && !Contains("Log") && !Contains("gemeldet") && !Contains("ession") && !Contains("itzung"));
    }
  }
}

TEST_CASE("H23: APP_LINK_SCHEME adds a link that opens the application; without it there is none", "[reset_mail]") {
  CHECK(links_in(reset_mail(forgot()).html) == std::vector<std::string>{kLink, kLink, kCancelLink});
  auto identity = kIdentity;
  identity.app_link_scheme = "com.example.app";
  const auto mail = reset_mail(forgot(), identity);
  const auto app_link = "com.example.app:/reset-password#token=" + std::string(72, 't');
  CHECK(links_in(mail.html) == std::vector<std::string>{kLink, app_link, kLink, kCancelLink});
  CHECK_THAT(mail.text, Contains("\n" + app_link + "\n"));
}

TEST_CASE("T25: the mail about a copied session says when and where it was used, and holds no token", "[reset_mail]") {
  for (const std::string language : {"en", "de"}) {
    RememberingMailer mailer;
    SessionReusedMail(kIdentity, shipped(), mailer).after_session_reuse({"key-3", ada(), kTestNow, request_from(language)});
    REQUIRE(mailer.mails.size() == 1);
    const Mail& mail = mailer.mails[0];
    CHECK(mail.to == "ada@example.com");
    CHECK_THAT(mail.text, Contains("203.0.113.*") && !Contains("token"));
    CHECK(links_in(mail.html) == std::vector<std::string>{"https://app.rekey.test/forgot-password"});
  }
}
