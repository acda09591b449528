// RECOVERY=off: one answer to every call that asks for a link or uses one, before its body is read. So it can't depend on an
// address or a token. Cancelling a link goes on.
#pragma once

#include "edge/core/feature.h"
#include "edge/core/problem.h"

namespace rekey::edge {

// Returns: 403 where the operator has switched recovery off.
inline std::optional<Answer> require_recovery(const Context& context) {
  if (context.settings.recovery == Recovery::kOn) return std::nullopt;
  return problem_answer(kRecoveryOff);
}

}  // namespace rekey::edge
