#include "origin/settings/relay_setting.h"

#include <string>
#include <utility>

#include "shared/email_address.h"
#include "shared/url.h"

namespace rekey {
namespace {

MailTls read_tls_word(SettingsReader& reader, std::string_view name) {
  constexpr MailTls kTls[] = {MailTls::kStartTls, MailTls::kImplicit, MailTls::kNone};
  return kTls[reader.choice(name, {"starttls", "implicit", "none"})];
}

MailTls read_tls(SettingsReader& reader) {
  const auto tls = read_tls_word(reader, "MAIL_TLS");
  if (!reader.has("MAIL_USE_TLS")) return tls;
  const bool used = reader.choice("MAIL_USE_TLS", {"true", "false"}) == 0;
  if (!reader.was_chosen("MAIL_TLS")) return used ? MailTls::kStartTls : MailTls::kNone;
  if (used == (tls == MailTls::kNone)) reader.refuse("MAIL_USE_TLS", "contradicts MAIL_TLS: set only one of them");
  return tls;
}

// Mails with live links go over this connection.
void check_plain_text(SettingsReader& reader, const RelaySettings& relay) {
  const bool allowed = reader.choice("MAIL_PLAIN_TEXT", {"refuse", "allow"}) == 1;
  if (relay.tls == MailTls::kNone && !relay.server.empty() && !is_loopback(relay.server) && !allowed) {
    reader.refuse("MAIL_PLAIN_TEXT", "must be allow to send mails to another machine without TLS");
  }
}

// In: the beginning of the relay's settings, MAIL_ or MAIL_FALLBACK_.
void check_log_in(SettingsReader& reader, const RelaySettings& relay, const std::string& prefix) {
  if (relay.username.empty() != relay.password.empty()) {
    reader.refuse(prefix + "PASSWORD", "and " + prefix + "USERNAME must be set together");
  }
  if (!relay.password.empty() && relay.tls == MailTls::kNone) {
    reader.refuse(prefix + "TLS", "must not be none if " + prefix + "PASSWORD is set");
  }
}

// What both relays have, each in its own settings.
RelaySettings read_one_relay(SettingsReader& reader, const std::string& prefix, std::string server) {
  RelaySettings relay;
  relay.server = std::move(server);
  if (!relay.server.empty() && !is_server_name(relay.server)) {
    reader.refuse(prefix + "SERVER", "must be a host name or an IP address, IPv6 without brackets");
  }
  relay.port = static_cast<std::uint16_t>(reader.number(prefix + "PORT", {1, 65'535}));
  relay.username = reader.text(prefix + "USERNAME");
  relay.password = reader.text(prefix + "PASSWORD");
  relay.ca_file = reader.text(prefix + "CA_FILE");
  return relay;
}

}  // namespace

MailSender read_mail_sender(SettingsReader& reader) {
  return reader.choice("MAIL_SENDER", {"smtp", "webhook"}) == 1 ? MailSender::kWebhook : MailSender::kSmtp;
}

RelaySettings read_relay(SettingsReader& reader, MailSender sender) {
  auto relay = read_one_relay(reader, "MAIL_", sender == MailSender::kSmtp ? reader.required("MAIL_SERVER") : "");
  relay.tls = read_tls(reader);
  relay.from_address = reader.required("MAIL_FROM");
  if (!relay.from_address.empty() && !EmailAddress::parse(relay.from_address))
    reader.refuse("MAIL_FROM", "must be an e-mail address");
  check_plain_text(reader, relay);
  check_log_in(reader, relay, "MAIL_");
  return relay;
}

std::optional<RelaySettings> read_fallback_relay(SettingsReader& reader, MailSender sender, const RelaySettings& primary) {
  const std::string prefix = "MAIL_FALLBACK_";
  auto relay = read_one_relay(reader, prefix, reader.text(prefix + "SERVER"));
  relay.tls = read_tls_word(reader, prefix + "TLS");
  if (relay.server.empty()) {
    if (!relay.username.empty()) reader.refuse(prefix + "SERVER", "must be set if " + prefix + "USERNAME is set");
    return std::nullopt;
  }
  if (sender == MailSender::kWebhook) reader.refuse(prefix + "SERVER", "must not be set if MAIL_SENDER is webhook");
  relay.from_address = primary.from_address;
  relay.from_name = primary.from_name;
  check_plain_text(reader, relay);
  check_log_in(reader, relay, prefix);
  return relay;
}

}  // namespace rekey
