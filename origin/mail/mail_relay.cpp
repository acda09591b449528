#include "origin/mail/mail_relay.h"

#include <algorithm>

#include "origin/mail/mail_message.h"
#include "shared/codec/ascii.h"
#include "shared/email_address.h"
#include "shared/url.h"

namespace rekey {

bool is_server_name(std::string_view server) {
  return !server.empty() && std::all_of(server.begin(), server.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == ':';
  });
}

const char* fault_of(const RelaySettings& settings) {
  if (!is_server_name(settings.server)) return "the relay must be a host name or an IP address";
  if (!EmailAddress::parse(settings.from_address)) return "the sender must be an e-mail address";
  if (!is_header_text(settings.from_name)) return "the sender's name must not hold control characters";
  const bool in_the_clear = settings.tls == MailTls::kNone && !is_loopback(settings.server);
  if (in_the_clear && !settings.username.empty()) return "a log-in without TLS is only allowed on this machine: use TLS";
  return nullptr;
}

std::string relay_url(const RelaySettings& settings) {
  const auto* scheme = settings.tls == MailTls::kImplicit ? "smtps://" : "smtp://";
  const bool is_ipv6 = settings.server.find(':') != std::string::npos;
  const auto host = is_ipv6 ? "[" + settings.server + "]" : settings.server;
  const auto domain = settings.from_address.substr(settings.from_address.rfind('@') + 1);
  return scheme + host + ":" + std::to_string(settings.port) + "/" + domain;
}

}  // namespace rekey
