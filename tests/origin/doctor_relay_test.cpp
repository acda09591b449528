// One relay for each fault that `rekey-origin doctor` tells apart.
#include <catch2/catch.hpp>

#include "origin/doctor/relay_check.h"
#include "origin/system/system_clock.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

RelaySettings relay_at(std::uint16_t port) {
  RelaySettings relay;
  relay.server = "127.0.0.1";
  relay.port = port;
  relay.tls = MailTls::kNone;
  relay.from_address = "rekey@example.com";
  return relay;
}

RelaySettings relay_at(const SmtpServer& server) { return relay_at(server.port()); }

// With STARTTLS, the right certificate authority and a log-in.
RelaySettings secured(const SmtpServer& server, const Certificate& certificate) {
  auto relay = relay_at(server);
  relay.tls = MailTls::kStartTls;
  relay.ca_file = certificate.certificate_file();
  relay.username = "rekey";
  relay.password = "hunter2";
  return relay;
}

SmtpServerSettings with_log_in(SmtpTls tls) { return {.tls = tls, .username = "rekey", .password = "hunter2"}; }

std::vector<Finding> examine(const RelaySettings& relay, const std::string& recipient = "") {
  return examine_relay(relay, RelayRank::kPrimary, recipient, kDoctorPatience, SystemClock());
}

std::string cause(const RelaySettings& relay, const std::string& recipient = "") { return causes_in(examine(relay, recipient)); }

bool was_sent(const SmtpServer& server, const std::string& command) {
  const auto commands = server.commands();
  return std::ranges::find(commands, command) != commands.end();
}

}  // namespace

TEST_CASE("doctor speaks with the relay as for a mail, up to the recipient, and mails nothing", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  CHECK(cause(secured(server, certificate)) == "");
  CHECK(server.connections() == 1);
  CHECK(server.log_ins() == std::vector<std::string>{"PLAIN rekey hunter2"});
  CHECK(was_sent(server, "MAIL FROM:<rekey@example.com>"));
  CHECK(was_sent(server, "RCPT TO:<postmaster@example.com>"));
  CHECK_FALSE(was_sent(server, "DATA"));
  CHECK(server.mails().empty());
}

TEST_CASE("doctor asks the relay about the recipient of --to", "[doctor][doctor_relay]") {
  SmtpServer server;
  CHECK(cause(relay_at(server), "ada@example.org") == "");
  CHECK(was_sent(server, "RCPT TO:<ada@example.org>"));
}

TEST_CASE("doctor takes a relay with TLS from the first byte", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kImplicit), &certificate);
  auto relay = secured(server, certificate);
  relay.tls = MailTls::kImplicit;
  CHECK(cause(relay) == "");
}

TEST_CASE("broken: a setting that the mailer refuses", "[doctor][doctor_relay]") {
  auto relay = relay_at(587);
  relay.from_name = "\xff";
  CHECK(cause(relay) == "settings");
}

TEST_CASE("broken: the relay's name can't be resolved", "[doctor][doctor_relay]") {
  auto relay = relay_at(587);
  relay.server = "relay..invalid";
  CHECK(cause(relay) == "host");
}

TEST_CASE("broken: nothing listens at the relay's port", "[doctor][doctor_relay]") {
  CHECK(cause(relay_at(static_cast<std::uint16_t>(std::stoi(port_of_nobody())))) == "port");
}

TEST_CASE("broken: the relay's port wants TLS from the first byte, and MAIL_TLS is starttls", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kImplicit), &certificate);
  CHECK(cause(secured(server, certificate)) == "no_greeting");
}

TEST_CASE("broken: MAIL_TLS is implicit, and the relay's port speaks plain SMTP", "[doctor][doctor_relay]") {
  SmtpServer server;
  auto relay = relay_at(server);
  relay.tls = MailTls::kImplicit;
  CHECK(cause(relay) == "tls");
}

TEST_CASE("broken: the server at the relay's port is no relay", "[doctor][doctor_relay]") {
  for (const auto* greeting : {"554 no mail here", "SSH-2.0-OpenSSH_9.2"}) {
    SmtpServer server;
    server.reply_once("greeting", greeting);
    CHECK(cause(relay_at(server)) == "no_relay");
  }
}

TEST_CASE("broken: the relay offers no STARTTLS", "[doctor][doctor_relay]") {
  SmtpServer server;
  auto relay = relay_at(server);
  relay.tls = MailTls::kStartTls;
  CHECK(cause(relay) == "no_starttls");
  CHECK_FALSE(was_sent(server, "MAIL FROM:<rekey@example.com>"));
}

TEST_CASE("broken: the relay offers STARTTLS and then refuses it", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  server.reply_once("STARTTLS", "454 not now");
  const auto findings = examine(secured(server, certificate));
  CHECK(causes_in(findings) == "no_starttls");
  CHECK_THAT(texts_in(findings), Catch::Contains("it says: 454 not now"));
}

TEST_CASE("broken: the relay's certificate is of an unknown authority", "[doctor][doctor_relay]") {
  const Certificate certificate;
  const Certificate other;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  auto relay = secured(server, other);
  CHECK(cause(relay) == "authority");
  relay.ca_file.clear();
  CHECK(cause(relay) == "authority");
  CHECK(server.log_ins().empty());
}

TEST_CASE("broken: the relay's certificate is for another name", "[doctor][doctor_relay]") {
  const Certificate certificate;  // for 127.0.0.1
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  auto relay = secured(server, certificate);
  relay.server = "localhost";
  CHECK(cause(relay) == "name");
}

TEST_CASE("broken: the relay's certificate has expired", "[doctor][doctor_relay]") {
  const Certificate certificate(Certificate::Validity::kExpired);
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  CHECK(cause(secured(server, certificate)) == "expired");
}

TEST_CASE("broken: MAIL_CA_FILE names no file with certificates", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  auto relay = secured(server, certificate);
  for (const auto& file : {std::string("/nowhere"), certificate.key_file()}) {
    relay.ca_file = file;
    CHECK(cause(relay) == "ca_file");
  }
}

TEST_CASE("broken: the relay offers no log-in, or none that we know", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer without({.tls = SmtpTls::kOffered}, &certificate);
  CHECK(cause(secured(without, certificate)) == "no_log_in");
  auto other = with_log_in(SmtpTls::kOffered);
  other.log_in_methods = {"CRAM-MD5"};
  SmtpServer with_another(other, &certificate);
  CHECK(cause(secured(with_another, certificate)) == "no_log_in");
}

TEST_CASE("broken: the relay refuses the log-in", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  auto relay = secured(server, certificate);
  relay.password = "hunter3";
  const auto findings = examine(relay);
  CHECK(causes_in(findings) == "log_in");
  CHECK_THAT(texts_in(findings), Catch::Contains("it says: 535 no"));
  CHECK_THAT(texts_in(findings), !Catch::Contains("hunter3"));
}

TEST_CASE("broken: the relay wants a log-in, and there is none", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("MAIL", "530 5.7.0 authentication required");
  CHECK(cause(relay_at(server)) == "sender");
}

TEST_CASE("broken: the relay refuses the sender", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("MAIL", "553 5.7.1 not your address");
  const auto findings = examine(relay_at(server));
  CHECK(causes_in(findings) == "sender");
  CHECK_THAT(texts_in(findings), Catch::Contains("it says: 553 5.7.1 not your address"));
}

TEST_CASE("broken: the relay takes no mail to other domains", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("RCPT", "554 5.7.1 relay access denied");
  CHECK(cause(relay_at(server), "ada@example.org") == "recipient");
}

TEST_CASE("a postmaster whom the relay refuses is a note, since the origin mails none", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("RCPT", "550-no such\r\n550 user");
  const auto findings = examine(relay_at(server));
  CHECK(causes_in(findings) == "(postmaster)");
  CHECK_THAT(texts_in(findings), Catch::Contains("it says: 550 user"));
}

TEST_CASE("a relay that asks to try later is a note", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("RCPT", "450 4.2.0 greylisted");
  CHECK(cause(relay_at(server), "ada@example.org") == "(later)");
}

TEST_CASE("broken: the relay refuses to talk to us", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  for (const auto* command : {"EHLO", "HELO"}) server.reply_once(command, "550 your host is blocked");
  CHECK(cause(secured(server, certificate)) == "refused");
}

TEST_CASE("broken: the relay hangs up", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("EHLO", {SmtpReply::Kind::kClose, ""});
  CHECK(cause(relay_at(server)) == "broke");
}

TEST_CASE("broken: the relay replies too late", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("EHLO", {SmtpReply::Kind::kLate, "250 hello"});
  const auto patience = kLateReply - std::chrono::milliseconds(500);
  CHECK(causes_in(examine_relay(relay_at(server), RelayRank::kPrimary, "", patience, SystemClock())) == "slow");
}

TEST_CASE("broken: the second relay, whose own settings are named", "[doctor][doctor_relay]") {
  const Certificate certificate;
  SmtpServer server(with_log_in(SmtpTls::kOffered), &certificate);
  auto relay = secured(server, certificate);
  relay.password = "hunter3";
  const auto findings = examine_relay(relay, RelayRank::kFallback, "", kDoctorPatience, SystemClock());
  CHECK(findings[0].check == Check::kFallbackRelay);
  CHECK(texts_in(findings).starts_with(
      "the relay refuses the log-in: check MAIL_FALLBACK_USERNAME and MAIL_FALLBACK_PASSWORD; it says: 535"));
}

TEST_CASE("broken: the sender, which both relays share", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("MAIL", "553 5.7.1 MAIL_ is not yours");
  const auto findings = examine_relay(relay_at(server), RelayRank::kFallback, "", kDoctorPatience, SystemClock());
  CHECK(
      texts_in(findings).starts_with("the relay refuses the sender: check MAIL_FROM, and whether the relay wants a log-in "
                                     "(MAIL_FALLBACK_USERNAME); it says: 553 5.7.1 MAIL_ is not yours"));
}

TEST_CASE("a relay's words are shown without control characters, and not without end", "[doctor][doctor_relay]") {
  SmtpServer server;
  server.reply_once("MAIL", "550 \x1b[31mred " + std::string(1000, 'x'));
  const auto text = texts_in(examine(relay_at(server)));
  CHECK_THAT(text, Catch::Contains("it says: 550 [31mred x"));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.size() < 500);
}

}  // namespace rekey::test
