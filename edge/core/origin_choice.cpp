#include "edge/core/origin_choice.h"

#include <algorithm>

namespace rekey::edge {
namespace {

// A probe of a silent origin lets a caller wait for half of its time; one of an origin that refuses costs a round trip.
constexpr UnixMillis kPauseAfterSilence = 10'000;
constexpr UnixMillis kPause = 2000;

// In the order of preference.
enum class Rank : std::uint8_t { kProbe, kNear, kFar, kFailingNear, kFailingFar, kTried };

bool was_tried(const Transcript& transcript, std::size_t origin) {
  return std::any_of(transcript.replies.begin(), transcript.replies.end(),
                     [origin](const OriginReply& reply) { return reply.origin == origin; });
}

bool has_waited_enough(const Transcript& transcript) {
  const auto slow = std::count_if(transcript.replies.begin(), transcript.replies.end(), [](const OriginReply& reply) {
    const auto failure = failure_of(reply);
    return failure == ReplyFailure::kLate || failure == ReplyFailure::kFaulty;
  });
  return static_cast<std::size_t>(slow) >= kMaxSlowReplies;
}

bool is_probe(const Context& context, const CallRule& rule, const OriginHealth& health, std::size_t origin) {
  return rule.cost == CallCost::kQuick && context.transcript.replies.empty() &&
         health.may_be_probed(origin, context.transcript.now);
}

Rank rank_of(const Context& context, const CallRule& rule, const OriginHealth& health, std::size_t origin) {
  if (was_tried(context.transcript, origin)) return Rank::kTried;
  if (is_probe(context, rule, health, origin)) return Rank::kProbe;
  const bool near = context.settings.origins[origin].is_near(context.transcript.continent);
  if (health.is_failing(origin)) return near ? Rank::kFailingNear : Rank::kFailingFar;
  return near ? Rank::kNear : Rank::kFar;
}

}  // namespace

ReplyFailure failure_of(const OriginReply& reply) {
  if (reply.fault == kReplyBroken) return ReplyFailure::kBroken;
  if (reply.fault == kReplyLate) return ReplyFailure::kLate;
  return reply.status >= 400 && reply.status < 500 ? ReplyFailure::kRefused : ReplyFailure::kFaulty;
}

void OriginHealth::note_failure(std::size_t origin, ReplyFailure failure, UnixMillis now) {
  probe_at_[origin] = now + (failure == ReplyFailure::kLate ? kPauseAfterSilence : kPause);
}

// Until its reply has come, no other call probes the origin.
void OriginHealth::note_probe(std::size_t origin, UnixMillis now) { probe_at_[origin] = now + kPauseAfterSilence; }

// A moment too far ahead was noted before the clock was set back.
bool OriginHealth::may_be_probed(std::size_t origin, UnixMillis now) const {
  const auto wait = probe_at_[origin] - now;
  return is_failing(origin) && (wait <= 0 || wait > kPauseAfterSilence);
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
  if (best_rank == Rank::kProbe) health.note_probe(chosen, context.transcript.now);
  return chosen;
}

}  // namespace rekey::edge
