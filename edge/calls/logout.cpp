#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/session.h"

namespace rekey::edge {
namespace {

Answer logged_out() {
  auto answer = empty_answer(204);
  answer.headers.push_back(ended_session_cookie());
  answer.event = Event::kLogoutDone;
  return answer;
}

}  // namespace

Prepared prepare_logout(const Context& context) {
  const auto session = read_session_to_end(context);
  if (!session) return logged_out();
  return Call{{{InputField::kSession, hash_text(session->token.hash)}}, client_questions(context, Limit::kOtherPerClient)};
}

std::optional<Answer> conclude_logout(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  return logged_out();
}

}  // namespace rekey::edge
