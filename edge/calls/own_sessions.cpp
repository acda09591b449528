#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/problem.h"
#include "edge/core/session.h"
#include "shared/url.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kOfOneSession = "/api/users/me/sessions/";

// The id in the path, "" for all others.
std::string chosen_session(const Context& context) {
  const auto path = Url::parse(context.transcript.url)->path;
  return std::string(path.starts_with(kOfOneSession) ? path.substr(kOfOneSession.size()) : std::string_view());
}

std::string own_session(const Context& context) { return hash_text(read_session(context)->token.hash); }

}  // namespace

Prepared prepare_sessions(const Context& context) {
  return Call{{{InputField::kSession, own_session(context)}}, client_questions(context, Limit::kOtherPerClient)};
}

std::optional<Answer> conclude_sessions(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kNoSession) return problem_answer(kNoSession);
  if (outcome.outcome != CallOutcome::kOk || outcome.own.empty()) return std::nullopt;
  return json_answer(200, outcome.own, Event::kNone);
}

Prepared prepare_end_sessions(const Context& context) {
  return Call{{{InputField::kSession, own_session(context)}, {InputField::kChosen, chosen_session(context)}},
              client_questions(context, Limit::kOtherPerClient)};
}

// The same for an id that is unknown or another account's.
std::optional<Answer> conclude_end_sessions(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kNoSession) return problem_answer(kNoSession);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  auto answer = empty_answer(204);
  answer.event = Event::kLogoutDone;
  return answer;
}

}  // namespace rekey::edge
