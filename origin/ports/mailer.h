// Hands one mail to the relay. The verdict on what the relay said decides what becomes of the delivery.
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
  std::string message_id;  // without angle brackets; the same on every try of one mail
  std::string language;    // Content-Language
};

// Outbox::settle goes by it. kTaken ends the delivery as `sent`, kRefused and kPoisoned end it as `rejected`. kRelayRefuses puts
// it back untried, behind those that wait; kCutOff puts it back in its old place. The others have it tried again by the schedule
// of DESIGN.md, or end it as `expired_undelivered` where the next attempt would come too late.
enum class MailVerdict : std::uint8_t {
  kTaken,         // 250 after the data
  kTryLater,      // 4xx, no connection, TLS failed, timed out before the mail's end was on its way: it was not delivered
  kRefused,       // 5xx for this recipient or this mail: trying again is no use
  kRelayRefuses,  // the relay refuses us (log-in, TLS missing): no mail would go through now
  kWantsLogIn,    // it took our sender and asks for a log-in all the same: for this recipient alone, or because it asks that late
  kUnknown,       // the mail's end was on its way, and the relay's word on it was not heard: it may have the mail or not
  kCutOff,        // end_by() cut it before the relay's last word: as kUnknown, and no fault of the relay's
  kPoisoned,      // the mail itself breaks the rules (address, line ends): no connection was made
};

constexpr std::string_view word_of(MailVerdict verdict) {
  constexpr std::string_view kWords[] = {"taken",        "try_later", "refused", "relay_refuses",
                                         "wants_log_in", "unknown",   "cut_off", "poisoned"};
  return kWords[static_cast<std::size_t>(verdict)];
}

// kServesUs: it took our sender, so that other mails may pass whatever became of this one.
enum class RelayStanding : std::uint8_t { kUnknown, kServesUs };

struct MailOutcome {
  MailVerdict verdict = MailVerdict::kTryLater;
  int smtp_code = 0;   // the last reply code, 0 where there was none
  std::string reason;  // a fixed text for operators; no address, no relay text
  RelayStanding relay = RelayStanding::kUnknown;
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  // Speaks SMTP for 20 s at most up to the mail's end, for 60 s up to the relay's last word on it, and for another 40 s where it
  // then takes leave of the relay. One instance belongs to one thread.
  virtual MailOutcome send(const Mail& mail) = 0;

  // What is being sent then, or begun later, is cut off: send() returns within about a second of `when`, with kCutOff where the
  // relay's last word was not heard. From any thread, at once.
  virtual void end_by(std::chrono::steady_clock::time_point when) = 0;
};

}  // namespace rekey
