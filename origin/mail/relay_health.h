// What the ends of mails and probes show of the relays: the state of each, which of them gets the next mail, when to probe, when
// to ring. Each relay has a circuit breaker. It opens when the relay takes no mail at all, and from then on one connection at a
// time probes the relay (Mailer::probe) until it accepts our sender. From RCPT TO on a failure concerns one mail, and opens
// nothing; but if several mails in a row fail there, the relay's state tells, and the alarm rings.
// Pure: the time is handed in. mail_schedule.h owns the one object of each origin.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/mailer.h"

namespace rekey {

using SteadyTime = std::chrono::steady_clock::time_point;

// kReachable also before the first mail. kRefusing: it answers, and takes no mail. kSlow: it takes mails after kSlowMail or more,
// or answers too late. kUnreachable: no connection, or one that breaks.
enum class RelayState : std::uint8_t { kReachable, kRefusing, kSlow, kUnreachable };

constexpr std::string_view word_of(RelayState state) {
  constexpr std::string_view kWords[] = {"reachable", "refusing", "slow", "unreachable"};
  return kWords[static_cast<std::size_t>(state)];
}

struct RelayPace {
  std::chrono::seconds first_probe{5};  // after the breaker opened; doubled after each probe that fails ...
  std::chrono::seconds last_probe{
      60};                             // ... up to this. Also after a refusal: providers lock out whoever logs in again and again
  std::chrono::seconds lately{10};     // a relay that served a mail so lately is busy for one connection, not for all
  std::chrono::seconds slow_mail{10};  // a mail that takes so long is slow
  int in_a_row = 2;                    // mails that are slow or fail, before the state tells: one may be its own fault
  std::chrono::seconds alarm_after{30};   // without a mail, from the first failure; at once if the relay refuses us
  std::chrono::seconds alarm_again{600};  // while it lasts
};

// What one mail or probe has shown.
struct RelaySign {
  RelayStanding standing = RelayStanding::kUnknown;
  std::chrono::nanoseconds took{0};
  int smtp_code = 0;
  std::string reason;
};

struct RelayNews {
  RelayRank relay = RelayRank::kPrimary;
  RelayState from = RelayState::kReachable;
  RelayState to = RelayState::kReachable;
  RelaySign sign;
};

struct RelayAlarm {
  enum class Mails : std::uint8_t { kWait, kGoOn };  // kGoOn: the other relay takes them
  RelayRank relay = RelayRank::kPrimary;
  RelayState state = RelayState::kReachable;
  Mails mails = Mails::kWait;
  RelaySign sign;
};

// One relay.
class RelayHealth {
 public:
  explicit RelayHealth(const RelayPace& pace) : pace_(pace) {}

  RelayState state() const { return state_; }
  const RelaySign& last_failure() const { return last_failure_; }
  bool is_closed() const { return breaker_ == Breaker::kClosed; }
  // The probe could not tell: one mail at a time is to try the relay.
  bool is_trying() const { return breaker_ == Breaker::kTrying; }
  // Takes no mail, as far as is known.
  bool is_failing() const { return !is_closed() || failed_in_a_row_ >= pace_.in_a_row; }
  bool is_busy_for_one(RelayStanding standing, SteadyTime now) const;

  void heard(const RelaySign& sign, SteadyTime now);  // from a mail

  SteadyTime probe_time() const { return breaker_ == Breaker::kOpen ? probe_at_ : SteadyTime::max(); }
  void begin_probe() { breaker_ = Breaker::kProbing; }
  void probed(const RelaySign& sign, SteadyTime now);

  SteadyTime alarm_time() const;  // max() while it is not failing
  void ring(SteadyTime now) { rang_at_ = now; }

 private:
  enum class Breaker : std::uint8_t { kClosed, kOpen, kProbing, kTrying };

  void serve(const RelaySign& sign, SteadyTime now);
  void close();
  void fail_one(const RelaySign& sign, SteadyTime now);
  void fail_all(const RelaySign& sign, SteadyTime now);
  void open(RelayStanding standing, SteadyTime now);
  void remember(const RelaySign& sign, SteadyTime now);

  RelayPace pace_;
  RelayState state_ = RelayState::kReachable;
  Breaker breaker_ = Breaker::kClosed;
  std::optional<SteadyTime> served_at_;
  int slow_in_a_row_ = 0;
  int failed_in_a_row_ = 0;
  std::chrono::seconds wait_{0};  // before the probe
  SteadyTime probe_at_ = SteadyTime::max();
  std::optional<SteadyTime> failing_since_;
  std::optional<SteadyTime> rang_at_;
  RelaySign last_failure_;
};

// The primary relay, and the fallback where there is one.
class MailRelays {
 public:
  MailRelays(const RelayPace& pace, std::size_t relays) : relays_(relays, RelayHealth(pace)) {}

  bool is_any_closed() const;
  bool may_send() const;     // a breaker is closed, or one mail is to try a relay
  RelayRank choose() const;  // for the next mail: the first whose breaker is closed
  RelayState state(RelayRank rank) const { return relays_[static_cast<std::size_t>(rank)].state(); }

  // Returns: the verdict on the mail. One that a relay had no time for while it served others counts as an attempt, so that it is
  // not tried again at once.
  MailVerdict verdict_on(const MailOutcome& outcome, RelayRank rank, SteadyTime now) const;

  std::optional<RelayNews> heard(RelayRank rank, const RelaySign& sign, SteadyTime now);
  SteadyTime probe_time() const;
  RelayRank begin_probe();
  std::optional<RelayNews> probed(RelayRank rank, const RelaySign& sign, SteadyTime now);
  SteadyTime alarm_time() const;
  RelayAlarm ring(SteadyTime now);  // In: not before alarm_time()

 private:
  template <class Act>
  std::optional<RelayNews> watch(RelayRank rank, const RelaySign& sign, const Act& act);

  std::vector<RelayHealth> relays_;
};

// In: an embedder's hook may leave the standing out; then the verdict tells it.
RelaySign sign_of(const MailOutcome& outcome, std::chrono::nanoseconds took);

}  // namespace rekey
