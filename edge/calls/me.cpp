#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/problem.h"
#include "edge/core/session.h"
#include "shared/codec/json_writer.h"

namespace rekey::edge {
namespace {

std::string user_document(const OriginUser& user) {
  JsonWriter json;
  json.begin_object().member("id", user.id).member("username", user.username).member("email", user.email);
  json.key("is_active").boolean(user.is_active).key("is_verified").boolean(user.is_verified);
  return json.key("is_superuser").boolean(user.is_superuser).end_object().take();
}

}  // namespace

Prepared prepare_me(const Context& context) {
  const auto session = *read_session(context);
  const auto renewal = wants_renewal(context, session) ? hash_text(mint_renewal(context, session).hash()) : "";
  return Call{{{InputField::kSession, hash_text(session.token.hash)}, {InputField::kRenewal, renewal}},
              client_questions(context, Limit::kOtherPerClient)};
}

std::optional<Answer> conclude_me(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kNoSession) return problem_answer(kNoSession);
  if (outcome.outcome != CallOutcome::kOk || !outcome.user) return std::nullopt;
  auto answer = json_answer(200, user_document(*outcome.user), Event::kNone);
  if (outcome.renewed) {
    answer.headers.push_back(session_cookie(context, mint_renewal(context, *read_session(context))));
    answer.event = Event::kSessionRenewed;
  }
  return answer;
}

}  // namespace rekey::edge
