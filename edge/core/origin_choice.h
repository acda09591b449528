// Which of ORIGIN_URLS a call goes to, and whether it goes on to another one. A call may be repeated whatever has become of it:
// at the origins its request id makes the second one change nothing that is stored and end like the first (DESIGN.md, decision
// 11). So a call goes on from every origin that does not serve it, as long as its caller can be expected to wait.
//
// An origin that did not serve a call is passed over by all others of that cost that have a choice, until it has served one
// again. After a pause one call at a time probes it. An origin that fails quick calls is passed over by calls that hash a
// password, too, and these do not probe it: they would wait longest. One that fails only these, because too many wait for a hash,
// still gets all quick calls.
#pragma once

#include <array>
#include <optional>

#include "edge/core/feature.h"

namespace rekey::edge {

// Why a reply does not serve a call.
enum class ReplyFailure : std::uint8_t {
  kPrompt,  // at once: no connection, a broken one, or 4xx, by which the origin, or a proxy in front of it, refuses our calls
  kLate,    // the same later, or no whole answer in time
  kFaulty,  // another status, or an answer that is no outcome of the use case
};

// In: a reply that is not a valid outcome.
ReplyFailure failure_of(const OriginReply& reply);

// The origins that failed, for as long as an instance lives.
class OriginHealth {
 public:
  // Serving a call that hashes takes all that a quick one takes.
  void note_success(std::size_t origin, CallCost cost);
  void note_failure(std::size_t origin, CallCost cost, ReplyFailure failure, UnixMillis now);
  // No other call probes the origin until the reply has come, or until then: the probe's caller may have hung up.
  void note_probe(std::size_t origin, CallCost cost, UnixMillis until) { probe_at(cost)[origin] = until; }

  bool is_failing(std::size_t origin, CallCost cost) const;
  bool may_be_probed(std::size_t origin, CallCost cost, UnixMillis now) const;

 private:
  static constexpr UnixMillis kHealthy = 0;
  using Times = std::array<UnixMillis, kMaxOrigins>;

  Times& probe_at(CallCost cost) { return cost == CallCost::kQuick ? quick_ : hashing_; }
  bool fails_quick_calls(std::size_t origin) const { return quick_[origin] != kHealthy; }

  // When each may be probed.
  Times quick_{};
  Times hashing_{};
};

// At most this many origins may let a call wait: its caller waits no longer.
inline constexpr std::size_t kMaxSlowReplies = 2;

// Returns: the time of a call at one origin, in milliseconds.
std::uint32_t deadline_of(const Context& context, const CallRule& rule);

// In: the transcript's replies, none of which served the call. Returns: the origin to call next; nothing if no origin is left, or
// if the caller has waited enough. Notes a probe.
std::optional<std::size_t> choose_origin(const Context& context, const CallRule& rule, OriginHealth& health);

}  // namespace rekey::edge
