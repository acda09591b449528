#include "edge/core/origin_choice.h"

#include <algorithm>

namespace rekey::edge {
namespace {

// A probe of a silent origin lets a caller wait for half of its time; one of an origin that refuses costs a round trip.
constexpr UnixMillis kPauseAfterSilence = 10'000;
constexpr UnixMillis kPause = 2000;

// A few round trips to a far origin take less. Eight origins that fail at once let a caller wait for two seconds more at most.
constexpr UnixMillis kAtOnce = 250;

constexpr std::uint32_t kQuickDeadlineMs = 3000;    // a few statements; a caller waits no longer for "unavailable"
constexpr std::uint32_t kHashingDeadlineMs = 5000;  // up to four seconds in the origin's queues, and the hash itself

// In the order of preference.
enum class Rank : std::uint8_t { kProbe, kNear, kFar, kFailingNear, kFailingFar, kTried };

bool was_tried(const Transcript& transcript, std::size_t origin) {
  return std::any_of(transcript.replies.begin(), transcript.replies.end(),
                     [origin](const OriginReply& reply) { return reply.origin == origin; });
}

bool has_waited_enough(const Transcript& transcript) {
  const auto slow = std::count_if(transcript.replies.begin(), transcript.replies.end(),
                                  [](const OriginReply& reply) { return failure_of(reply) != ReplyFailure::kPrompt; });
  return static_cast<std::size_t>(slow) >= kMaxSlowReplies;
}

// Calls probe a failing origin every two seconds. /healthz does not wait for that pause, or it would hardly ever tell its
// monitor.
UnixMillis time_of_probe(const Transcript& transcript, const CallRule& rule) {
  return transcript.present + (rule.use_case == UseCase::kHealth ? kPause : 0);
}

bool is_probe(const Context& context, const CallRule& rule, const OriginHealth& health, std::size_t origin) {
  const auto& transcript = context.transcript;
  return transcript.replies.empty() && health.may_be_probed(origin, rule.cost, time_of_probe(transcript, rule));
}

Rank rank_of(const Context& context, const CallRule& rule, const OriginHealth& health, std::size_t origin) {
  if (was_tried(context.transcript, origin)) return Rank::kTried;
  if (is_probe(context, rule, health, origin)) return Rank::kProbe;
  const bool near = context.settings.origins[origin].is_near(context.transcript.continent);
  if (health.is_failing(origin, rule.cost)) return near ? Rank::kFailingNear : Rank::kFailingFar;
  return near ? Rank::kNear : Rank::kFar;
}

}  // namespace

ReplyFailure failure_of(const OriginReply& reply) {
  if (reply.fault == kReplyLate) return ReplyFailure::kLate;
  const bool is_refused = reply.fault == kReplyBroken || (reply.status >= 400 && reply.status < 500);
  if (!is_refused) return ReplyFailure::kFaulty;
  return reply.waited <= kAtOnce ? ReplyFailure::kPrompt : ReplyFailure::kLate;
}

void OriginHealth::note_success(std::size_t origin, CallCost cost) {
  if (cost == CallCost::kHashing) hashing_[origin] = kHealthy;
  quick_[origin] = kHealthy;
}

void OriginHealth::note_failure(std::size_t origin, CallCost cost, ReplyFailure failure, UnixMillis now) {
  probe_at(cost)[origin] = now + (failure == ReplyFailure::kLate ? kPauseAfterSilence : kPause);
}

bool OriginHealth::is_failing(std::size_t origin, CallCost cost) const {
  return fails_quick_calls(origin) || (cost == CallCost::kHashing && hashing_[origin] != kHealthy);
}

bool OriginHealth::may_be_probed(std::size_t origin, CallCost cost, UnixMillis now) const {
  if (!is_failing(origin, cost)) return false;
  if (cost == CallCost::kHashing && fails_quick_calls(origin)) return false;
  const auto wait = (cost == CallCost::kQuick ? quick_ : hashing_)[origin] - now;
  return wait <= 0 || wait > kPauseAfterSilence;  // too far ahead: noted before the clock was set back
}

// Slow origins share the time of a quick call. A call that hashes may wait its whole time at each: it has a queue at the origin.
std::uint32_t deadline_of(const Context& context, const CallRule& rule) {
  if (rule.cost == CallCost::kHashing) return kHashingDeadlineMs;
  return kQuickDeadlineMs / static_cast<std::uint32_t>(std::min(kMaxSlowReplies, context.settings.origins.size()));
}

std::optional<std::size_t> choose_origin(const Context& context, const CallRule& rule, OriginHealth& health) {
  if (has_waited_enough(context.transcript)) return std::nullopt;
  std::array<std::size_t, kMaxOrigins> best{};
  std::size_t count = 0;
  auto best_rank = Rank::kTried;
  for (std::size_t origin = 0; origin < context.settings.origins.size(); ++origin) {
    const auto rank = rank_of(context, rule, health, origin);
    if (rank == Rank::kTried || rank > best_rank) continue;
    if (rank < best_rank) count = 0;
    best_rank = rank;
    best[count++] = origin;
  }
  if (count == 0) return std::nullopt;
  const auto chosen = best[context.transcript.spread() % count];  // origins of one rank get equal shares
  if (best_rank == Rank::kProbe) {
    health.note_probe(chosen, rule.cost, context.transcript.present + deadline_of(context, rule));
  }
  return chosen;
}

}  // namespace rekey::edge
