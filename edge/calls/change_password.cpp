#include "edge/core/body_fields.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/session.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kFields[] = {{"current_password"}, {"new_password"}};

}  // namespace

Prepared prepare_change_password(const Context& context) {
  auto fields = BodyFields::from_json(context, kFields);
  const auto current = fields.known_password("current_password");
  if (const auto refusal = fields.refusal()) return *refusal;
  const auto replacement = fields.text("new_password");
  if (const auto refusal = refuse_new_password(context, "new_password", replacement, {})) return *refusal;
  const auto session = *read_session(context);
  auto questions = client_questions(context, Limit::kOtherPerClient);
  // A stolen session must not serve to guess the password: counted like log-ins, by the chain, so that renewals don't restart the
  // count.
  questions.push_back({Limit::kLoginPerAccount, {chain_text(session)}, WhenLimited::kRefuse});
  return Call{{{InputField::kSession, hash_text(session.token.hash)},
               {InputField::kCurrentPassword, std::string(*current)},
               {InputField::kNewPassword, std::string(replacement)}},
              std::move(questions)};
}

std::optional<Answer> conclude_change_password(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kNoSession) return problem_answer(kNoSession);
  if (outcome.outcome == CallOutcome::kWrongPassword) return problem_answer(kWrongPassword);
  if (outcome.outcome == CallOutcome::kPasswordRefused) return password_refused(context, "new_password", outcome.reason);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  return message_answer(200, "The password is changed. Other devices are logged out.", Event::kPasswordChanged);
}

}  // namespace rekey::edge
