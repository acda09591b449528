// Hands one mail to the relay. The verdict on the relay's reply decides the delivery's next state.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rekey {

struct Mail {
  std::string to;          // one address by shared/email_address.h; checked again before a connection is made
  std::string subject;     // UTF-8, one line
  std::string text;        // the text/plain part
  std::string html;        // the text/html part
  std::string message_id;  // without angle brackets; the same on every attempt
  std::string language;    // Content-Language
};

// Outbox::settle() turns the verdict into the delivery's next state. kTaken ends the delivery as `sent`, kRefused and kPoisoned
// as `rejected`. kRelayRefuses and kRelayAway put it back untried, behind the waiting ones; kCutOff puts it back in its old
// place. With any other verdict it is tried again by DESIGN.md's schedule, or ends as `expired_undelivered` if that would be too
// late.
enum class MailVerdict : std::uint8_t {
  kTaken,         // 250 after the data
  kTryLater,      // 4xx for this recipient or this mail, or the dialogue ended before the mail's end was on its way
  kRefused,       // 5xx for this recipient or this mail: trying again is useless
  kRelayRefuses,  // the relay refuses us (greeting, log-in, sender), or its TLS is missing or not trusted: no mail would pass now
  kRelayAway,     // no connection, or the relay was busy, broke off or kept silent before it accepted our sender
  kWantsLogIn,    // after accepting our sender the relay demands a log-in: for this recipient or for all, nobody can tell
  kUnknown,       // the mail's end was on its way, but its reply did not arrive: the relay may or may not have the mail
  kCutOff,        // end_by() cut it off before the last reply: like kUnknown, but not the relay's fault
  kPoisoned,      // the mail itself breaks the rules (address, line ends): no connection was made
};

constexpr std::string_view word_of(MailVerdict verdict) {
  constexpr std::string_view kWords[] = {"taken",        "try_later", "refused", "relay_refuses", "relay_away",
                                         "wants_log_in", "unknown",   "cut_off", "poisoned"};
  return kWords[static_cast<std::size_t>(verdict)];
}

// The relay had no part in such a mail: its attempt does not count.
constexpr bool leaves_untried(MailVerdict verdict) {
  return verdict == MailVerdict::kRelayRefuses || verdict == MailVerdict::kRelayAway;
}

// What an attempt shows of the relay, whatever the verdict on its mail. origin/mail/relay_health.h draws the conclusions.
enum class RelayStanding : std::uint8_t {
  kUnknown,  // nothing
  kServes,   // it accepted our sender, and replied: other mails may pass
  kDefers,   // it accepted our sender, then asked to try the mail itself later
  kStalls,   // it accepted our sender, then gave no reply in time or broke off
  kBusy,     // 4xx before it accepted our sender
  kBreaks,   // it broke off before that, or never stopped talking
  kSilent,   // no reply in time before that
  kAway,     // no connection
  kRefuses,  // 5xx before it accepted our sender, or no TLS that can be trusted
};

struct MailOutcome {
  MailVerdict verdict = MailVerdict::kTryLater;
  int smtp_code = 0;   // the last reply code, 0 for none
  std::string reason;  // a fixed text for operators; no address, no relay text
  RelayStanding relay = RelayStanding::kUnknown;
};

// MAIL_SERVER; MAIL_FALLBACK_SERVER, which gets the mails while the primary takes none.
enum class RelayRank : std::uint8_t { kPrimary, kFallback };

constexpr std::string_view word_of(RelayRank rank) { return rank == RelayRank::kPrimary ? "primary" : "fallback"; }

class Mailer {
 public:
  virtual ~Mailer() = default;
  // Speaks SMTP for at most 20 s up to the mail's end, 60 s up to the relay's reply to it, and another 40 s if a QUIT follows.
  // One instance belongs to one thread.
  virtual MailOutcome send(const Mail& mail) = 0;

  // Cuts off a mail that is under way at `when` or begun later: send() returns within about a second, with kCutOff if the relay's
  // last reply did not arrive. From any thread; returns at once.
  virtual void end_by(std::chrono::steady_clock::time_point when) = 0;

  // Of a mailer with two relays: the one for the mails from now on.
  virtual void use(RelayRank) {}

  // Looks whether a relay would take a mail, without one: connects, logs in and names our sender, for 20 s at most. The verdict
  // of the outcome means nothing; kUnknown in `relay`: this mailer can't tell.
  virtual MailOutcome probe(RelayRank) { return {}; }
};

}  // namespace rekey
