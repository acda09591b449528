#include "edge/core/reset_token.h"

#include "edge/core/fastapi_answer.h"
#include "edge/core/problem.h"
#include "edge/core/session.h"

namespace rekey::edge {

Answer bad_token(const Context& context) {
  return context.dialect == Dialect::kFastapi ? fastapi_bad_token() : problem_answer(kBadToken);
}

std::variant<std::string, Answer> admit_reset_token(const Context& context, std::string_view token) {
  const auto verified = verify_token(context.settings.token_keys, TokenPurpose::kReset, token, context.transcript.now_seconds());
  if (verified) return hash_text(verified->hash);
  auto refusal = bad_token(context);
  if (verified.error() == Error::kTokenExpired) refusal.event = "token.expired";
  if (verified.error() == Error::kTokenForged) refusal.event = "token.forged";
  return refusal;
}

}  // namespace rekey::edge
