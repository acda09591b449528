#include "origin/mail/relay_health.h"

#include <algorithm>
#include <utility>

namespace rekey {
namespace {

// What a sign is about.
enum class Scope : std::uint8_t { kNothing, kServing, kOneMail, kPerhapsAll, kAll };

Scope scope_of(RelayStanding standing) {
  switch (standing) {
    case RelayStanding::kUnknown:
      return Scope::kNothing;
    case RelayStanding::kServes:
      return Scope::kServing;
    case RelayStanding::kDefers:
    case RelayStanding::kStalls:
      return Scope::kOneMail;
    case RelayStanding::kBusy:
    case RelayStanding::kBreaks:
    case RelayStanding::kSilent:
      return Scope::kPerhapsAll;
    case RelayStanding::kAway:
    case RelayStanding::kRefuses:
      return Scope::kAll;
  }
  __builtin_trap();
}

RelayState state_of(RelayStanding standing) {
  switch (standing) {
    case RelayStanding::kUnknown:
    case RelayStanding::kServes:
      return RelayState::kReachable;
    case RelayStanding::kDefers:
    case RelayStanding::kBusy:
    case RelayStanding::kRefuses:
      return RelayState::kRefusing;
    case RelayStanding::kStalls:
    case RelayStanding::kSilent:
      return RelayState::kSlow;
    case RelayStanding::kBreaks:
    case RelayStanding::kAway:
      return RelayState::kUnreachable;
  }
  __builtin_trap();
}

RelayStanding standing_by(MailVerdict verdict) {
  switch (verdict) {
    case MailVerdict::kTaken:
    case MailVerdict::kRefused:
      return RelayStanding::kServes;
    case MailVerdict::kRelayRefuses:
      return RelayStanding::kRefuses;
    case MailVerdict::kRelayAway:
      return RelayStanding::kAway;
    default:
      return RelayStanding::kUnknown;
  }
}

RelayRank rank_of(std::size_t index) { return static_cast<RelayRank>(index); }

}  // namespace

RelaySign sign_of(const MailOutcome& outcome, std::chrono::nanoseconds took) {
  const bool is_told = outcome.relay != RelayStanding::kUnknown;
  return {is_told ? outcome.relay : standing_by(outcome.verdict), took, outcome.smtp_code, outcome.reason};
}

bool RelayHealth::is_busy_for_one(RelayStanding standing, SteadyTime now) const {
  return scope_of(standing) == Scope::kPerhapsAll && served_at_ && now - *served_at_ < pace_.lately;
}

void RelayHealth::heard(const RelaySign& sign, SteadyTime now) {
  switch (scope_of(sign.standing)) {
    case Scope::kNothing:
      return;
    case Scope::kServing:
      return serve(sign, now);
    case Scope::kOneMail:
      return fail_one(sign, now);
    case Scope::kPerhapsAll:
      if (!is_busy_for_one(sign.standing, now)) fail_all(sign, now);
      return;
    case Scope::kAll:
      return fail_all(sign, now);
  }
}

void RelayHealth::serve(const RelaySign& sign, SteadyTime now) {
  served_at_ = now;
  wait_ = {};
  slow_in_a_row_ = sign.took >= pace_.slow_mail ? slow_in_a_row_ + 1 : 0;
  close();
  if (slow_in_a_row_ >= pace_.in_a_row) state_ = RelayState::kSlow;
}

void RelayHealth::close() {
  breaker_ = Breaker::kClosed;
  state_ = RelayState::kReachable;
  failed_in_a_row_ = 0;
  failing_since_.reset();
  rang_at_.reset();
}

// After the relay accepted our sender. Opens no breaker: a probe, which ends there, could not tell when to close it.
void RelayHealth::fail_one(const RelaySign& sign, SteadyTime now) {
  remember(sign, now);
  if (is_trying()) breaker_ = Breaker::kClosed;
  if (++failed_in_a_row_ >= pace_.in_a_row && is_closed()) state_ = state_of(sign.standing);
}

void RelayHealth::fail_all(const RelaySign& sign, SteadyTime now) {
  remember(sign, now);
  state_ = state_of(sign.standing);
  if (is_closed() || is_trying()) open(sign.standing, now);  // else the probe decides
}

void RelayHealth::open(RelayStanding standing, SteadyTime now) {
  wait_ = standing == RelayStanding::kRefuses ? pace_.last_probe : std::clamp(wait_ * 2, pace_.first_probe, pace_.last_probe);
  breaker_ = Breaker::kOpen;
  probe_at_ = now + wait_;
}

void RelayHealth::remember(const RelaySign& sign, SteadyTime now) {
  if (!failing_since_) failing_since_ = now;
  last_failure_ = sign;
}

// The wait is forgotten only when a mail was served: a relay that accepts probes and fails mails is probed less and less.
void RelayHealth::probed(const RelaySign& sign, SteadyTime now) {
  switch (scope_of(sign.standing)) {
    case Scope::kNothing:
      breaker_ = Breaker::kTrying;
      return;
    case Scope::kServing:
      return close();
    default:
      breaker_ = Breaker::kTrying;
      return fail_all(sign, now);
  }
}

// A refusal ends only by an act of the operator; all else may be over in a moment.
SteadyTime RelayHealth::alarm_time() const {
  if (!is_failing() || !failing_since_) return SteadyTime::max();
  if (rang_at_) return *rang_at_ + pace_.alarm_again;
  return last_failure_.standing == RelayStanding::kRefuses ? *failing_since_ : *failing_since_ + pace_.alarm_after;
}

bool MailRelays::is_any_closed() const { return std::ranges::any_of(relays_, &RelayHealth::is_closed); }

bool MailRelays::may_send() const { return is_any_closed() || std::ranges::any_of(relays_, &RelayHealth::is_trying); }

RelayRank MailRelays::choose() const {
  auto found = std::ranges::find_if(relays_, &RelayHealth::is_closed);
  if (found == relays_.end()) found = std::ranges::find_if(relays_, &RelayHealth::is_trying);
  return found == relays_.end() ? RelayRank::kPrimary : rank_of(static_cast<std::size_t>(found - relays_.begin()));
}

MailVerdict MailRelays::verdict_on(const MailOutcome& outcome, RelayRank rank, SteadyTime now) const {
  const auto& relay = relays_[static_cast<std::size_t>(rank)];
  if (outcome.verdict != MailVerdict::kRelayAway || !relay.is_busy_for_one(outcome.relay, now)) return outcome.verdict;
  return MailVerdict::kTryLater;
}

template <class Act>
std::optional<RelayNews> MailRelays::watch(RelayRank rank, const RelaySign& sign, const Act& act) {
  auto& relay = relays_[static_cast<std::size_t>(rank)];
  const auto before = relay.state();
  act(relay);
  if (relay.state() == before) return std::nullopt;
  return RelayNews{rank, before, relay.state(), sign};
}

std::optional<RelayNews> MailRelays::heard(RelayRank rank, const RelaySign& sign, SteadyTime now) {
  return watch(rank, sign, [&](RelayHealth& relay) { relay.heard(sign, now); });
}

std::optional<RelayNews> MailRelays::probed(RelayRank rank, const RelaySign& sign, SteadyTime now) {
  return watch(rank, sign, [&](RelayHealth& relay) { relay.probed(sign, now); });
}

SteadyTime MailRelays::probe_time() const { return std::ranges::min(relays_, {}, &RelayHealth::probe_time).probe_time(); }

RelayRank MailRelays::begin_probe() {
  const auto first = std::ranges::min_element(relays_, {}, &RelayHealth::probe_time);
  first->begin_probe();
  return rank_of(static_cast<std::size_t>(first - relays_.begin()));
}

SteadyTime MailRelays::alarm_time() const { return std::ranges::min(relays_, {}, &RelayHealth::alarm_time).alarm_time(); }

RelayAlarm MailRelays::ring(SteadyTime now) {
  const auto first = std::ranges::min_element(relays_, {}, &RelayHealth::alarm_time);
  first->ring(now);
  const bool is_another = std::ranges::any_of(relays_, [](const RelayHealth& relay) { return !relay.is_failing(); });
  const bool is_used = first->is_closed();  // fails mail by mail: mails still go to it
  const auto mails = is_another && !is_used ? RelayAlarm::Mails::kGoOn : RelayAlarm::Mails::kWait;
  return {rank_of(static_cast<std::size_t>(first - relays_.begin())), first->state(), mails, first->last_failure()};
}

}  // namespace rekey
