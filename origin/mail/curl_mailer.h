// SMTP (RFC 5321) by libcurl, which only curl_mailer.cpp includes: one connection for each sender, kept alive and reused.
// The verdict comes from the relay's reply and the command that it answered (mail_verdict.h), not from libcurl's own error codes:
// those are the same for a full mail box and an unknown one. 250 after the data is kTaken, and the delivery ends as `sent`;
// origin/ports/mailer.h describes the other verdicts.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "origin/mail/mail_relay.h"
#include "origin/mail/mail_verdict.h"
#include "origin/mail/relay_rehearsal.h"
#include "origin/ports/clock.h"
#include "origin/ports/mailer.h"

namespace rekey {

// A connection is closed after this many mails: relays limit them, and a new connection may reach another machine of the name.
inline constexpr int kMailsPerConnection = 100;

// A connection that was idle for longer is not reused: the relay or a middlebox has often dropped it by then.
inline constexpr std::chrono::seconds kMaxIdleConnection{60};

class CurlMailer : public Mailer {
 public:
  // Throws: std::invalid_argument, with a fixed text, for a relay that is not a host name or an IP address, a sender that is not
  // an address, a name with control characters or broken UTF-8, or a log-in without TLS on another machine.
  CurlMailer(RelaySettings settings, const Clock& clock);
  ~CurlMailer() override;

  MailOutcome send(const Mail& mail) override;
  // Takes the dialogue time-out of the settings at most. Sends no mail.
  RelayRehearsal rehearse(const std::string& to);
  void end_by(std::chrono::steady_clock::time_point when) override { cut_off_.at = when; }
  MailOutcome probe(RelayRank) override;  // over a connection of its own

 private:
  // Checked about once a second while the relay is slow.
  struct CutOff {
    const Clock& clock;
    std::atomic<std::chrono::steady_clock::time_point> at = std::chrono::steady_clock::time_point::max();
    bool is_due() const { return clock.steady_now() >= at.load(); }
  };
  class Connection;
  SmtpResult send_message(const std::string& to, std::string_view message);

  RelaySettings settings_;
  const Clock& clock_;
  CutOff cut_off_{clock_};
  std::unique_ptr<Connection> connection_;
  std::chrono::steady_clock::time_point last_used_;
};

}  // namespace rekey
