// SMTP (RFC 5321) by libcurl, which curl_mailer.cpp alone includes: one connection a sender, kept alive and used again.
// What becomes of a mail is decided by the relay's reply and by the command that it answered, not by libcurl's own error codes:
// those are the same for a full mail box and an unknown one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "origin/adapters/mail_verdict.h"
#include "origin/ports/clock.h"
#include "origin/ports/mailer.h"

namespace rekey {

enum class MailTls : std::uint8_t {
  kStartTls,  // required: without it nothing is sent (RFC 8314 calls it opportunistic; here it is not)
  kImplicit,  // TLS from the first byte
  kNone,      // for a relay on the same machine; never together with a password
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
  std::chrono::milliseconds total_timeout{20'000};  // a relay that trickles is cut here
};

// After so many mails a connection is closed: relays count, and a fresh one finds another machine behind the same name.
inline constexpr int kMailsPerConnection = 100;

// A connection that was idle for longer is not used again: the relay or a middle box has often dropped it by then.
inline constexpr std::chrono::seconds kMaxIdleConnection{60};

class CurlMailer : public Mailer {
 public:
  // Throws: std::invalid_argument for a sender that is no address, a name with control characters, or a log-in without TLS
  // to another machine; the text is fixed.
  CurlMailer(RelaySettings settings, const Clock& clock);
  ~CurlMailer() override;

  MailOutcome send(const Mail& mail) override;

 private:
  class Connection;
  SmtpResult send_message(const std::string& to, std::string_view message);

  RelaySettings settings_;
  const Clock& clock_;
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point last_used_;
};

}  // namespace rekey
