// Which of ORIGIN_URLS a call goes to, and whether it goes on to another one. A call may be repeated whatever has become of it:
// at the origins its request id makes the second one change nothing and end like the first (DESIGN.md, decision 11). So a call
// goes on from every origin that does not serve it, as long as its caller can be expected to wait.
//
// An origin that did not serve a call is passed over by all others that have a choice, until it has served one again. After a
// pause one call at a time probes it. A call that hashes a password is no probe: it would wait longest.
#pragma once

#include <array>
#include <optional>

#include "edge/core/feature.h"

namespace rekey::edge {

// Why a reply does not serve a call.
enum class ReplyFailure : std::uint8_t {
  kBroken,   // no connection, or it broke: known at once
  kRefused,  // 4xx: the origin, or a proxy in front of it, does not take our calls
  kLate,     // no whole answer in time
  kFaulty,   // another status, or an answer that is no outcome of the use case
};

// In: a reply that is not a valid outcome.
ReplyFailure failure_of(const OriginReply& reply);

// The origins that failed, for as long as an instance lives.
class OriginHealth {
 public:
  void note_success(std::size_t origin) { probe_at_[origin] = kHealthy; }
  void note_failure(std::size_t origin, ReplyFailure failure, UnixMillis now);
  void note_probe(std::size_t origin, UnixMillis now);

  bool is_failing(std::size_t origin) const { return probe_at_[origin] != kHealthy; }
  bool may_be_probed(std::size_t origin, UnixMillis now) const;

 private:
  static constexpr UnixMillis kHealthy = 0;
  std::array<UnixMillis, kMaxOrigins> probe_at_{};
};

// At most this many origins may let a call wait: its caller waits no longer.
inline constexpr std::size_t kMaxSlowReplies = 2;

// In: the transcript's replies, none of which served the call. Returns: the origin to call next; nothing if no origin is left, or
// if the caller has waited enough. Notes a probe.
std::optional<std::size_t> choose_origin(const Context& context, const CallRule& rule, OriginHealth& health);

}  // namespace rekey::edge
