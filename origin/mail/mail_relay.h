// The operator's settings of the relay: its address, TLS, log-in and sender.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rekey {

enum class MailTls : std::uint8_t {
  kStartTls,  // required: nothing is sent without it (RFC 8314 calls STARTTLS opportunistic; here it is not)
  kImplicit,  // TLS from the first byte
  kNone,      // for a relay on this machine, or elsewhere with MAIL_PLAIN_TEXT; never together with a password
};

struct RelaySettings {
  std::string server;
  std::uint16_t port = 587;
  MailTls tls = MailTls::kStartTls;
  std::string username;  // "" for no log-in
  std::string password;
  std::string from_address;  // MAIL FROM and From:
  std::string from_name;     // shown before it; UTF-8
  std::string ca_file;       // PEM; "" for the system's
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds dialogue_timeout{20'000};   // up to the mail's end: cuts off a relay that trickles
  std::chrono::milliseconds last_word_timeout{40'000};  // for the reply to that: relays scan a mail before they take it
};

// Whether the text can be the relay's host name or IP address (IPv6 without brackets). No such text can end the host's part of a
// URL.
bool is_server_name(std::string_view server);

// Returns: the first fault as a fixed text, or nullptr. CurlMailer's constructor lists the faults.
const char* fault_of(const RelaySettings& settings);

// The path is the sender's domain: libcurl sends it in EHLO, instead of this machine's name.
std::string relay_url(const RelaySettings& settings);

}  // namespace rekey
