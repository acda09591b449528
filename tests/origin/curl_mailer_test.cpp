#include "origin/mail/curl_mailer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/origin/mail_fakes.h"
#include "tests/origin/mail_parser.h"
#include "tests/origin/smtp_server.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;

namespace {

RelaySettings settings_for(const SmtpServer& server) {
  RelaySettings settings;
  settings.server = "127.0.0.1";
  settings.port = server.port();
  settings.tls = MailTls::kNone;
  settings.from_address = "noreply@rekey.test";
  settings.from_name = "Rekey";
  return settings;
}

Mail mail_to(const std::string& address) {
  Mail mail;
  mail.to = address;
  mail.subject = "Reset your password";
  mail.text = "https://rekey.test/reset-password#token=abc\n";
  mail.html = "<a href=\"https://rekey.test/reset-password#token=abc\">Reset</a>\n";
  mail.message_id = "key-1@rekey.test";
  mail.language = "en";
  return mail;
}

struct Relay {
  explicit Relay(SmtpServerSettings settings = {}, const Certificate* certificate = nullptr)
      : server(std::move(settings), certificate) {}

  CurlMailer mailer() { return CurlMailer(settings_for(server), clock); }

  HandClock clock;
  SmtpServer server;
};

// A port that takes no more connections: its queue is full, so that further ones get no answer.
class FullListener {
 public:
  FullListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const int listener = open_socket();
    if (::bind(listener, generic, size) != 0 || ::listen(listener, 0) != 0) throw std::runtime_error("cannot listen");
    ::getsockname(listener, generic, &size);
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) ::connect(open_socket(), generic, size);
  }
  ~FullListener() {
    for (const int socket : sockets_) ::close(socket);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  int open_socket() {
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    return sockets_.back();
  }

  std::vector<int> sockets_;
  std::uint16_t port_ = 0;
};

std::size_t count_of(const std::vector<std::string>& commands, std::string_view beginning) {
  return static_cast<std::size_t>(
      std::count_if(commands.begin(), commands.end(), [&](const auto& c) { return c.starts_with(beginning); }));
}

}  // namespace

TEST_CASE("M01: one mail is one recipient, one To, one Message-ID, CR LF only", "[curl_mailer][M01][B4]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kTaken);
  CHECK(outcome.smtp_code == 250);
  REQUIRE(relay.server.mails().size() == 1);
  const auto received = relay.server.mails()[0];
  CHECK(received.from == "noreply@rekey.test");
  CHECK(received.recipients == std::vector<std::string>{"ada@example.com"});
  CHECK_FALSE(has_bare_line_end(relay.server.wire()));
  CHECK(longest_line(relay.server.wire()) <= 998);
  const auto parsed = parse_mail(received.data);
  CHECK(parsed.header("To") == "ada@example.com");
  CHECK(parsed.header("Message-ID") == "<key-1@rekey.test>");
  CHECK(parsed.parts[0].body.find("https://rekey.test/reset-password#token=abc") != std::string::npos);
}

TEST_CASE("the relay is greeted with the sender's domain, not with this machine's name", "[curl_mailer]") {
  Relay relay;
  relay.mailer().send(mail_to("ada@example.com"));
  CHECK(relay.server.commands().front() == "EHLO rekey.test");
}

TEST_CASE("many mails go over one connection, which is closed politely after a hundred", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  for (int i = 0; i < kMailsPerConnection; ++i) REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.connections() == 1);
  CHECK(relay.server.commands().back() == "QUIT");
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.connections() == 2);
}

TEST_CASE("a connection that was idle for over a minute is not used again", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  relay.clock.pass(60s);
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.connections() == 1);
  relay.clock.pass(61s);
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.connections() == 2);
}

TEST_CASE("a relay that hangs up between two mails does not delay the second", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  SECTION("silently") { relay.server.hang_up(); }
  SECTION("at the next command") { relay.server.reply_once("MAIL", {SmtpReply::Kind::kClose, ""}); }
  SECTION("with 421") { relay.server.reply_once("MAIL", {SmtpReply::Kind::kTextAndClose, "421 idle for too long"}); }
  CHECK(mailer.send(mail_to("alan@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.mails().size() == 2);
  CHECK(relay.server.connections() == 2);
}

TEST_CASE("M02 M04: a poisoned mail opens no connection", "[curl_mailer][M02][M04]") {
  Relay relay;
  auto mailer = relay.mailer();
  auto mail = mail_to("ada@example.com");
  SECTION("recipient with a line end") { mail.to = "v@x.test>\r\nRCPT TO:<e@x.test"; }
  SECTION("recipient with a parameter") { mail.to = "v@x.test> ORCPT=rfc822;e@x.test"; }
  SECTION("subject with a line end") { mail.subject = "a\nBcc: e@x.test"; }
  const auto outcome = mailer.send(mail);
  CHECK(outcome.verdict == MailVerdict::kPoisoned);
  CHECK(relay.server.connections() == 0);
}

TEST_CASE("M05: whatever the body holds, the relay sees one message", "[curl_mailer][M05]") {
  Relay relay;
  auto mail = mail_to("ada@example.com");
  mail.text = "a\n.\r\nMAIL FROM:<evil@evil.test>\r\n.\n";
  CHECK(relay.mailer().send(mail).verdict == MailVerdict::kTaken);
  CHECK(relay.server.mails().size() == 1);
  CHECK(count_of(relay.server.commands(), "MAIL FROM") == 1);
}

TEST_CASE("M13: a recipient refused for now is tried later, and the same mail then passes", "[curl_mailer][M13]") {
  Relay relay;
  auto mailer = relay.mailer();
  relay.server.reply_once("RCPT", "451 4.7.1 greylisted");
  const auto first = mailer.send(mail_to("ada@example.com"));
  CHECK(first.verdict == MailVerdict::kTryLater);
  CHECK(first.smtp_code == 451);
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  CHECK(relay.server.mails().size() == 1);
}

TEST_CASE("M14: a recipient or a mail refused for good is refused, and the next mail passes", "[curl_mailer][M14]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto* when = GENERATE("RCPT", "DATA", ".");
  relay.server.reply_once(when, "550 5.1.1 no such user");
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kRefused);
  CHECK(outcome.smtp_code == 550);
  CHECK(mailer.send(mail_to("alan@example.com")).verdict == MailVerdict::kTaken);
}

TEST_CASE("a relay that refuses the greeting, EHLO or the sender refuses us, not the recipient", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto* when = GENERATE("greeting", "MAIL");
  relay.server.reply_once(when, "554 5.7.1 go away");
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kRelayRefuses);
}

TEST_CASE("a mail is tried later if the relay is busy at any point", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto* when = GENERATE("greeting", "MAIL", "RCPT", "DATA", ".");
  relay.server.reply_once(when, "421 4.3.2 busy");
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  const bool took_sender = std::string_view(when) == "RCPT" || std::string_view(when) == "DATA" || std::string_view(when) == ".";
  CHECK(outcome.verdict == (took_sender ? MailVerdict::kTryLater : MailVerdict::kRelayAway));
  CHECK(outcome.smtp_code == 421);
}

TEST_CASE("M16: a mail is tried later, with the same Message-ID, if the connection breaks at any point before its end",
          "[curl_mailer][M16]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto* when = GENERATE("greeting", "EHLO", "MAIL", "RCPT", "DATA");
  relay.server.reply_once(when, {SmtpReply::Kind::kClose, ""});
  const bool took_sender = std::string_view(when) == "RCPT" || std::string_view(when) == "DATA";
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == (took_sender ? MailVerdict::kTryLater : MailVerdict::kRelayAway));
  CHECK(outcome.relay == (took_sender ? RelayStanding::kStalls : RelayStanding::kBreaks));
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  REQUIRE(relay.server.mails().size() == 1);
  CHECK(parse_mail(relay.server.mails()[0].data).header("Message-ID") == "<key-1@rekey.test>");
}

TEST_CASE(
    "M16: after a connection that breaks after the mail's end it is unknown whether the mail was taken, and it is not tried "
    "again at once",
    "[curl_mailer][M16]") {
  Relay relay;
  auto mailer = relay.mailer();
  REQUIRE(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  const auto* taken = GENERATE("", "250 taken, but nobody hears it");
  relay.server.reply_once(".", {SmtpReply::Kind::kClose, taken});
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kUnknown);
  CHECK(outcome.relay == RelayStanding::kStalls);
  CHECK(relay.server.connections() == 1);
}

TEST_CASE("M17: if a relay trickles or never stops after the mail's end, it is unknown whether the mail was taken",
          "[curl_mailer][M17]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  settings.dialogue_timeout = 1s;
  settings.last_word_timeout = 200ms;
  const auto kind = GENERATE(SmtpReply::Kind::kTrickle, SmtpReply::Kind::kEndlessLine, SmtpReply::Kind::kEndlessLines);
  relay.server.reply_once(".", {kind, ""});
  CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).verdict == MailVerdict::kUnknown);
}

TEST_CASE("the answer to the mail's end may take longer than the rest of the dialogue", "[curl_mailer][M16]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  settings.dialogue_timeout = 1s;
  relay.server.reply_once(".", {SmtpReply::Kind::kLate, "250 taken"});
  CurlMailer mailer(settings, relay.clock);
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  relay.server.reply_once("RCPT", {SmtpReply::Kind::kLate, "250 ok"});  // the shorter limit holds here
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTryLater);
}

TEST_CASE("a mail stays untried if no relay answers", "[curl_mailer]") {
  HandClock clock;
  RelaySettings settings;
  {
    const SmtpServer gone;
    settings = settings_for(gone);
  }
  const auto outcome = CurlMailer(settings, clock).send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kRelayAway);
  CHECK(outcome.relay == RelayStanding::kAway);
  CHECK(outcome.smtp_code == 0);
}

TEST_CASE("a relay that does not take a connection in time is away, one that does and keeps silent is silent", "[curl_mailer]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  settings.dialogue_timeout = 300ms;
  SECTION("no connection") {
    const FullListener full;
    settings.port = full.port();
    settings.connect_timeout = 200ms;
    CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).relay == RelayStanding::kAway);
  }
  SECTION("no greeting") {
    relay.server.reply_once("greeting", {SmtpReply::Kind::kTrickle, ""});
    CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).relay == RelayStanding::kSilent);
  }
}

TEST_CASE("a relay that puts off the mail itself defers, one that puts off the recipient serves", "[curl_mailer]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto [when, standing] = GENERATE(std::pair{"RCPT", RelayStanding::kServes}, std::pair{"DATA", RelayStanding::kDefers},
                                         std::pair{".", RelayStanding::kDefers});
  relay.server.reply_once(when, "452 4.3.1 disk full");
  CHECK(mailer.send(mail_to("ada@example.com")).relay == standing);
}

TEST_CASE("a probe logs in and names the sender, and sends no mail", "[curl_mailer]") {
  Relay relay({SmtpTls::kNone, "user", "secret", {"PLAIN"}});
  auto settings = settings_for(relay.server);
  settings.username = "user";
  settings.password = "secret";
  settings.from_address = "50%41off@rekey.test";
  CurlMailer mailer(settings, relay.clock);
  CHECK(mailer.probe(RelayRank::kPrimary).relay == RelayStanding::kServes);
  const auto commands = relay.server.commands();
  CHECK(count_of(commands, "MAIL FROM:<50%41off@rekey.test>") == 1);
  CHECK(count_of(commands, "RCPT") == 0);
  CHECK(count_of(commands, "DATA") == 0);
  CHECK(commands.back() == "QUIT");
  CHECK(relay.server.log_ins().size() == 1);
  CHECK(relay.server.mails().empty());
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
}

TEST_CASE("a probe shows of the relay what a mail would", "[curl_mailer]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  auto expected = RelayStanding::kBusy;
  SECTION("busy at the greeting") { relay.server.reply_once("greeting", "421 4.3.2 busy"); }
  SECTION("busy at the sender") { relay.server.reply_once("MAIL", "451 4.3.2 busy"); }
  SECTION("refuses the sender") {
    relay.server.reply_once("MAIL", "554 5.7.1 go away");
    expected = RelayStanding::kRefuses;
  }
  SECTION("breaks off") {
    relay.server.reply_once("MAIL", {SmtpReply::Kind::kClose, ""});
    expected = RelayStanding::kBreaks;
  }
  SECTION("keeps silent") {
    relay.server.reply_once("MAIL", {SmtpReply::Kind::kTrickle, ""});
    settings.dialogue_timeout = 300ms;
    expected = RelayStanding::kSilent;
  }
  CHECK(CurlMailer(settings, relay.clock).probe(RelayRank::kPrimary).relay == expected);
}

TEST_CASE("M17: a relay that trickles is cut off", "[curl_mailer][M17]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  const auto* when = GENERATE("greeting", "EHLO", "MAIL", "RCPT");
  const bool took_sender = std::string_view(when) == "RCPT";
  settings.dialogue_timeout = took_sender ? 3s : 300ms;  // time for what comes before, also on a busy machine
  relay.server.reply_once(when, {SmtpReply::Kind::kTrickle, ""});
  const auto outcome = CurlMailer(settings, relay.clock).send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == (took_sender ? MailVerdict::kTryLater : MailVerdict::kRelayAway));
  CHECK(outcome.relay == (took_sender ? RelayStanding::kStalls : RelayStanding::kSilent));
  CHECK(outcome.reason == "the relay was too slow");
}

TEST_CASE("M20: a relay that never stops talking is cut off", "[curl_mailer][M20]") {
  Relay relay;
  auto settings = settings_for(relay.server);
  settings.dialogue_timeout = 500ms;
  CurlMailer mailer(settings, relay.clock);
  const auto* when = GENERATE("EHLO", "MAIL");
  const auto kind = GENERATE(SmtpReply::Kind::kEndlessLine, SmtpReply::Kind::kEndlessLines);
  relay.server.reply_once(when, {kind, ""});
  CHECK(mailer.send(mail_to("ada@example.com")).verdict == MailVerdict::kRelayAway);
}

TEST_CASE("the log-in works as PLAIN and as LOGIN, and its refusal is the relay refusing us", "[curl_mailer][M19][B4]") {
  const auto* method = GENERATE("PLAIN", "LOGIN");
  Relay relay({SmtpTls::kNone, "user@realm", "p a\"ss", {method, "GSSAPI"}});
  auto settings = settings_for(relay.server);
  settings.username = "user@realm";
  settings.password = "p a\"ss";
  SECTION("right password") {
    CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
    CHECK(relay.server.log_ins() == std::vector<std::string>{std::string(method) + " user@realm p a\"ss"});
  }
  SECTION("M19: 535") {
    settings.password = "wrong";
    const auto outcome = CurlMailer(settings, relay.clock).send(mail_to("ada@example.com"));
    CHECK(outcome.verdict == MailVerdict::kRelayRefuses);
    CHECK(outcome.smtp_code == 535);
    CHECK(outcome.reason.find("wrong") == std::string::npos);
  }
  SECTION("a log-in that fails for now is tried later") {
    relay.server.reply_once("AUTH", "454 4.7.0 try again");
    const auto outcome = CurlMailer(settings, relay.clock).send(mail_to("ada@example.com"));
    CHECK(outcome.verdict == MailVerdict::kRelayAway);
    CHECK(outcome.relay == RelayStanding::kBusy);
  }
}

TEST_CASE("a relay that demands a log-in before it takes our sender refuses us", "[curl_mailer][M19]") {
  Relay relay;
  const auto* when = GENERATE("greeting", "MAIL");
  const auto* code = GENERATE("530", "534", "535", "538");
  relay.server.reply_once(when, std::string(code) + " 5.7.0 authentication required");
  const auto outcome = relay.mailer().send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kRelayRefuses);
  CHECK(outcome.relay == RelayStanding::kRefuses);
}

TEST_CASE("a relay that demands a log-in for one mail serves us, and that mail is tried later", "[curl_mailer][M19]") {
  Relay relay;
  auto mailer = relay.mailer();
  const auto* when = GENERATE("RCPT", "DATA", ".");
  const auto* code = GENERATE("530", "534", "535", "538");
  relay.server.reply_once(when, std::string(code) + " 5.7.0 authentication required");
  const auto outcome = mailer.send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kWantsLogIn);
  CHECK(outcome.smtp_code == std::stoi(code));
  CHECK(outcome.relay == RelayStanding::kServes);
  CHECK(mailer.send(mail_to("alan@example.com")).verdict == MailVerdict::kTaken);
}

TEST_CASE("a relay serves us once it has taken our sender", "[curl_mailer][M19]") {
  Relay relay;
  auto mailer = relay.mailer();
  SECTION("busy before") {
    relay.server.reply_once("MAIL", "451 4.3.2 busy");
    CHECK(mailer.send(mail_to("ada@example.com")).relay == RelayStanding::kBusy);
  }
  SECTION("a recipient refused for now") {
    relay.server.reply_once("RCPT", "451 4.7.1 greylisted");
    CHECK(mailer.send(mail_to("ada@example.com")).relay == RelayStanding::kServes);
  }
  SECTION("a recipient refused for good") {
    relay.server.reply_once("RCPT", "550 5.1.1 no such user");
    CHECK(mailer.send(mail_to("ada@example.com")).relay == RelayStanding::kServes);
  }
}

TEST_CASE("STARTTLS and implicit TLS are spoken with a relay whose certificate is trusted", "[curl_mailer][B4]") {
  const Certificate certificate;
  const auto [offered, wanted] =
      GENERATE(std::pair{SmtpTls::kOffered, MailTls::kStartTls}, std::pair{SmtpTls::kImplicit, MailTls::kImplicit});
  Relay relay({offered, "user", "secret", {"PLAIN"}}, &certificate);
  auto settings = settings_for(relay.server);
  settings.tls = wanted;
  settings.username = "user";
  settings.password = "secret";
  settings.ca_file = certificate.certificate_file();
  CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).verdict == MailVerdict::kTaken);
  const auto in_the_clear = relay.server.commands().size() - relay.server.encrypted_commands();
  CHECK(in_the_clear == (wanted == MailTls::kStartTls ? 2 : 0));  // EHLO, STARTTLS
  CHECK(relay.server.log_ins().size() == 1);
}

TEST_CASE("M11: a relay without STARTTLS gets neither log-in nor mail, and counts as refusing us", "[curl_mailer][M11]") {
  const Certificate certificate;
  Relay relay({SmtpTls::kNone, "user", "secret", {"PLAIN"}}, &certificate);
  auto settings = settings_for(relay.server);
  settings.tls = MailTls::kStartTls;
  settings.username = "user";
  settings.password = "secret";
  const auto outcome = CurlMailer(settings, relay.clock).send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kRelayRefuses);
  const auto commands = relay.server.commands();
  CHECK(count_of(commands, "AUTH") == 0);
  CHECK(count_of(commands, "MAIL") == 0);
  CHECK(relay.server.log_ins().empty());
}

TEST_CASE("M11: after a refused STARTTLS nothing goes in the clear", "[curl_mailer][M11]") {
  const Certificate certificate;
  Relay relay({SmtpTls::kOffered, "", "", {}}, &certificate);
  auto settings = settings_for(relay.server);
  settings.tls = MailTls::kStartTls;
  settings.ca_file = certificate.certificate_file();
  relay.server.reply_once("STARTTLS", "454 4.7.0 not now");
  CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).verdict != MailVerdict::kTaken);
  CHECK(count_of(relay.server.commands(), "MAIL") == 0);
}

TEST_CASE("a certificate without a trusted issuer is not accepted, and nothing is sent", "[curl_mailer]") {
  const Certificate certificate;
  const Certificate other;
  const auto tls = GENERATE(SmtpTls::kOffered, SmtpTls::kImplicit);
  Relay relay({tls, "user", "secret", {"PLAIN"}}, &certificate);
  auto settings = settings_for(relay.server);
  settings.tls = tls == SmtpTls::kOffered ? MailTls::kStartTls : MailTls::kImplicit;
  settings.username = "user";
  settings.password = "secret";
  settings.ca_file = other.certificate_file();
  const auto outcome = CurlMailer(settings, relay.clock).send(mail_to("ada@example.com"));
  CHECK(outcome.verdict == MailVerdict::kRelayRefuses);
  CHECK(outcome.reason == "the relay's certificate is not trusted");
  CHECK(relay.server.log_ins().empty());
}

TEST_CASE("a certificate for another name is not accepted", "[curl_mailer]") {
  const Certificate certificate;
  Relay relay({SmtpTls::kImplicit, "", "", {}}, &certificate);
  auto settings = settings_for(relay.server);
  settings.server = "localhost";  // the certificate is for 127.0.0.1 alone
  settings.tls = MailTls::kImplicit;
  settings.ca_file = certificate.certificate_file();
  CHECK(CurlMailer(settings, relay.clock).send(mail_to("ada@example.com")).verdict == MailVerdict::kRelayRefuses);
}

TEST_CASE("settings that would send a password in the clear, or mails without a valid sender, are refused", "[curl_mailer]") {
  HandClock clock;
  RelaySettings settings;
  settings.server = "relay.example.com";
  settings.from_address = "noreply@rekey.test";
  REQUIRE_NOTHROW(CurlMailer(settings, clock));
  SECTION("log-in without TLS") {
    settings.tls = MailTls::kNone;
    settings.username = "user";
  }
  SECTION("no sender") { settings.from_address = ""; }
  SECTION("a sender with a line end") { settings.from_address = "a@b.test\r\nBcc: e@x.test"; }
  SECTION("a sender's name with a line end") { settings.from_name = "a\nBcc: e@x.test"; }
  SECTION("a server that is a URL") { settings.server = "relay.example.com/@evil.test"; }
  CHECK_THROWS_AS(CurlMailer(settings, clock), std::invalid_argument);
}
