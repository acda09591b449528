// The call to the origin: which of ORIGIN_URLS, the envelope of shared/internal_calls.h, its signature, and the reading of what
// comes back. Anything but an outcome that the use case has is no answer: 503, and an alarm where it should never happen.
#pragma once

#include <array>
#include <optional>

#include "edge/core/feature.h"

namespace rekey::edge {

// Remembers which origins gave no answer of late, so that the next requests begin with another. The platform can't tell a refused
// connection from a lost answer; this is how calls that may not be repeated still find their way around a dead origin.
class OriginHealth {
 public:
  void note_failure(std::size_t origin, UnixMillis now) { failed_at_[origin] = now; }
  bool failed_lately(std::size_t origin, UnixMillis now) const;

 private:
  static constexpr UnixMillis kMemory = 10'000;
  std::array<UnixMillis, kMaxOrigins> failed_at_{};
};

// In: a value for each text of the use case's input; `suppressed` becomes kSuppress where the use case has it.
CallOrigin make_origin_call(const Context& context, const Feature& feature, const Call& call, bool suppressed,
                            std::size_t origin);

// Returns: the origin to call first, or next after what has failed; nothing where another call is not allowed or left.
std::optional<std::size_t> choose_origin(const Context& context, const Feature& feature, const OriginHealth& health);

// Returns: the answer to what the origin said: the feature's, or 503.
Answer conclude(const Context& context, const Feature& feature, const OriginReply& reply);

}  // namespace rekey::edge
