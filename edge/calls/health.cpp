#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "shared/codec/json_writer.h"

namespace rekey::edge {

Prepared prepare_health(const Context& context) { return Call{{}, client_questions(context, Limit::kOtherPerClient)}; }

std::optional<Answer> conclude_health(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  return json_answer(200, JsonWriter().begin_object().member("status", "ok").end_object().take(), Event::kNone);
}

}  // namespace rekey::edge
