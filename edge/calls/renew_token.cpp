#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/problem.h"
#include "edge/core/session.h"

namespace rekey::edge {

Prepared prepare_renew_token(const Context& context) {
  const auto session = *read_session(context);
  return Call{{{InputField::kSession, hash_text(session.token.hash)},
               {InputField::kRenewal, hash_text(mint_renewal(context, session).hash())}},
              client_questions(context, Limit::kOtherPerClient)};
}

// A live session that is not renewed ends when SESSION_LONGEST_HOURS are over: its token stays as it is.
std::optional<Answer> conclude_renew_token(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kNoSession) return problem_answer(kNoSession);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  if (!outcome.renewed) return problem_answer(kNotRenewed);
  return json_answer(200, token_document(context, mint_renewal(context, *read_session(context))), Event::kSessionRenewed);
}

}  // namespace rekey::edge
