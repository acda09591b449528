// The call to the origin, POST /internal/<use case>: which of ORIGIN_URLS, the envelope, its signature by the first of
// EDGE_ORIGIN_KEYS (shared/message_signature.h), and the parsing of the reply. A reply without an outcome of the use case becomes
// 503, with an alarm if it should never happen.
//
// shared/internal_calls.h has the words for both ends. A reset, with the token's hash in hex, and an answer to it:
//
//     {"request_id": ..., "client": {"ip": ..., ...}, "input": {"token": ..., "new_password": ...}}
//     {"outcome": "ok"}
//
// The input of a forgot request is {"email": ..., "suppress": false}. At the other end: origin/api/internal_routes.h.
#pragma once

#include <array>
#include <optional>

#include "edge/core/feature.h"

namespace rekey::edge {

// Remembers the origins that failed in the last ten seconds: the next requests begin with another. Why: the platform can't tell a
// refused connection from a lost answer, so a call that must not be repeated must not start at a dead origin.
class OriginHealth {
 public:
  void note_failure(std::size_t origin, UnixMillis now) { failed_at_[origin] = now; }
  bool failed_lately(std::size_t origin, UnixMillis now) const;

 private:
  static constexpr UnixMillis kMemory = 10'000;
  std::array<UnixMillis, kMaxOrigins> failed_at_{};
};

// In: a value for each text of the use case's input; `suppressed` sets kSuppress if the use case has it.
CallOrigin make_origin_call(const Context& context, const Feature& feature, const Call& call, bool suppressed,
                            std::size_t origin);

// Returns: the origin to call first, or after a failure the next one; nothing if no further call is allowed or no origin is left.
std::optional<std::size_t> choose_origin(const Context& context, const Feature& feature, const OriginHealth& health);

// Returns: the feature's answer to the origin's reply, or 503.
Answer conclude(const Context& context, const Feature& feature, const OriginReply& reply);

}  // namespace rekey::edge
