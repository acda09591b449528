#include "origin/mail/mail_message.h"

#include <catch2/catch.hpp>
#include <random>

#include "shared/email_address.h"
#include "tests/origin/mail_parser.h"

using namespace rekey;
using namespace rekey::test;

namespace {

const MailSender kSender = {"noreply@rekey.test", "Rekey"};
constexpr std::chrono::sys_seconds kDate{std::chrono::seconds{1795232109}};

Mail good_mail() {
  Mail mail;
  mail.to = "ada@example.com";
  mail.subject = "Reset your password";
  mail.text = "Hello\nada\n";
  mail.html = "<p>Hello ada</p>\n";
  mail.message_id = "abc-123@rekey.test";
  mail.language = "en";
  return mail;
}

std::string message_of(const Mail& mail, const MailSender& sender = kSender) {
  const auto message = make_mail_message(mail, sender, kDate);
  REQUIRE(message);
  return *message;
}

bool is_refused(const Mail& mail) { return !make_mail_message(mail, kSender, kDate); }

}  // namespace

TEST_CASE("B4: a message holds a text part, then an HTML part, as alternatives", "[mail_message][B4]") {
  const auto parsed = parse_mail(message_of(good_mail()));
  CHECK(parsed.type == "multipart/alternative");
  REQUIRE(parsed.parts.size() == 2);
  CHECK(parsed.parts[0].type == "text/plain; charset=utf-8");
  CHECK(parsed.parts[0].body == "Hello\r\nada\r\n");
  CHECK(parsed.parts[1].type == "text/html; charset=utf-8");
  CHECK(parsed.parts[1].body == "<p>Hello ada</p>\r\n");
}

TEST_CASE("every header is there once, with our value", "[mail_message][M01]") {
  const auto parsed = parse_mail(message_of(good_mail()));
  const std::multimap<std::string, std::string> expected = {
      {"Date", "Sat, 21 Nov 2026 03:35:09 +0000"},
      {"From", "\"Rekey\" <noreply@rekey.test>"},
      {"To", "ada@example.com"},
      {"Subject", "Reset your password"},
      {"Message-ID", "<abc-123@rekey.test>"},
      {"Auto-Submitted", "auto-generated"},
      {"X-Auto-Response-Suppress", "All"},
      {"Content-Language", "en"},
      {"MIME-Version", "1.0"},
      {"Content-Type", "multipart/alternative; boundary=\"=_rekey_alternatives\""}};
  CHECK(parsed.headers == expected);
}

TEST_CASE("M01: lines end in CR LF and stay under 78 characters, whatever the body holds", "[mail_message][M01]") {
  auto mail = good_mail();
  mail.subject = std::string(500, 's') + " " + std::string(500, 't');
  mail.text = std::string(5'000, 'x') + "\n\r\r\n\n.\n";
  CHECK(longest_line(message_of(mail)) <= 78);
  CHECK_FALSE(has_bare_line_end(message_of(mail)));
}

TEST_CASE("M05: a body that tries to end the data and to go on with commands stays a body", "[mail_message][M05]") {
  auto mail = good_mail();
  mail.text = "Hello\n.\r\nMAIL FROM:<evil@evil.test>\r\n";
  const auto message = message_of(mail);
  CHECK(message.find("\r\n.") == std::string::npos);
  CHECK(message.find("MAIL FROM") == std::string::npos);
  CHECK(parse_mail(message).parts[0].body == "Hello\r\n.\r\nMAIL FROM:<evil@evil.test>\r\n");
}

TEST_CASE("a subject beyond ASCII is decoded unchanged, and its encoded words have at most 75 characters", "[mail_message]") {
  auto mail = good_mail();
  mail.subject = "Neues Passwort für Über-Straßen-Äpfel, 漢字漢字漢字漢字漢字漢字 und 😀😀😀😀😀😀😀😀😀😀😀😀";
  const auto message = message_of(mail);
  CHECK(parse_mail(message).header("Subject") == mail.subject);
  CHECK(longest_line(message) <= 76);
}

TEST_CASE("a subject that looks like an encoded word is encoded", "[mail_message]") {
  auto mail = good_mail();
  mail.subject = "=?UTF-8?B?aGFjaw==?=";
  const auto message = message_of(mail);
  CHECK(message.find("aGFjaw==") == std::string::npos);
  CHECK(parse_mail(message).header("Subject") == mail.subject);
}

TEST_CASE("a sender's name cannot become a second address", "[mail_message]") {
  const auto message = message_of(good_mail(), {"noreply@rekey.test", R"(Re"key\ <evil@evil.test>)"});
  CHECK(parse_mail(message).header("From") == R"("Re\"key\\ <evil@evil.test>" <noreply@rekey.test>)");
  const auto beyond_ascii = message_of(good_mail(), {"noreply@rekey.test", "Schlüssel"});
  CHECK(parse_mail(beyond_ascii).header("From") == "Schlüssel <noreply@rekey.test>");
  const auto nameless = message_of(good_mail(), {"noreply@rekey.test", ""});
  CHECK(parse_mail(nameless).header("From") == "noreply@rekey.test");
}

TEST_CASE("M02 M04 M07: a recipient outside the grammar is refused", "[mail_message][M02][M04][M07]") {
  auto mail = good_mail();
  mail.to = GENERATE(as<std::string>{}, "", "v@x.test\r\nBcc: e@x.test", "v@x.test> ORCPT=rfc822;e@x.test",
                     "v@x.test>\r\nRCPT TO:<e@x.test", "v@x.test,e@x.test", "<v@x.test>", "vé@x.test", "v@é.test",
                     "\"a b\"@x.test", "v@localhost", "v@[127.0.0.1]", "v@x.test ", "v@x.test\n");
  CAPTURE(mail.to);
  CHECK(is_refused(mail));
}

TEST_CASE("M02: a header or body with control characters or broken UTF-8 is refused", "[mail_message][M02]") {
  auto mail = good_mail();
  SECTION("subject with a line end") {
    mail.subject = GENERATE(as<std::string>{}, "a\nBcc: e@x.test", "a\r\nBcc: e@x.test", "a\rb");
  }
  SECTION("subject with NUL") { mail.subject = std::string("a\0b", 3); }
  SECTION("subject with a control character of Latin-1") { mail.subject = "a\xc2\x85z"; }
  SECTION("subject that is no UTF-8") { mail.subject = "a\xff"; }
  SECTION("text with NUL") { mail.text = std::string("a\0b", 3); }
  SECTION("text with escape") { mail.text = "a\x1b[2J"; }
  SECTION("HTML that is no UTF-8") { mail.html = "\xc3"; }
  SECTION("Message-ID with a line end") { mail.message_id = "a@b\r\nBcc: e@x.test"; }
  SECTION("Message-ID without a domain") { mail.message_id = "abc"; }
  SECTION("Message-ID with brackets") { mail.message_id = "a>@b"; }
  SECTION("language with a line end") { mail.language = "en\r\nBcc: e@x.test"; }
  SECTION("no language") { mail.language = ""; }
  CHECK(is_refused(mail));
}

TEST_CASE("M08: each of many random addresses is refused, or is one plain address in the message", "[mail_message][M08]") {
  using namespace std::string_view_literals;
  constexpr auto kAlphabet = "ab1.-_+@@ \t\r\n\0<>\"(),;:\\[]=%\x7f\xc3\xa9"sv;
  constexpr std::size_t kPlain = 6;  // this many of them may stand anywhere in a local part
  std::minstd_rand random(20261121);
  auto mail = good_mail();
  std::size_t taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    mail.to.clear();
    const auto letters = i % 2 == 0 ? kAlphabet : kAlphabet.substr(0, kPlain);
    for (auto size = 3 + random() % 12; size > 0; --size) mail.to += letters[random() % letters.size()];
    if (i % 4 == 1) mail.to += "@x.test";
    if (is_refused(mail)) continue;
    ++taken;
    REQUIRE(parse_mail(message_of(mail)).header("To") == mail.to);
    REQUIRE(mail.to.find_first_of(" \t\r\n\0<>\"(),;:\\[]\x7f\xc3\xa9"sv) == std::string::npos);
    REQUIRE(std::count(mail.to.begin(), mail.to.end(), '@') == 1);
  }
  CHECK(taken > 1'000);
}

TEST_CASE("the same mail gives the same bytes", "[mail_message]") { CHECK(message_of(good_mail()) == message_of(good_mail())); }
