#include "edge/core/body_fields.h"
#include "edge/core/fastapi_answer.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "shared/codec/json_writer.h"
#include "shared/recovery_code.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kFields[] = {{"email"}};

// Made of the request's id, alike for every address: it says nothing, and only its own mail has a code for it.
TokenText mint_recovery_id(const Context& context) {
  const auto& t = context.transcript;
  return rekey::mint_recovery_id(context.settings.token_keys.signing_key(), t.request_bytes(),
                                 t.now_seconds() + kRecoverySeconds);
}

}  // namespace

// Two limits (edge/core/limiter.h): over the client's the answer is 429; over the account's the call goes on, marked `suppress`,
// and the caller sees no difference.
// Counted by the address itself, not by its mail box: requests over the limit cause no mail, and requests for an alias without an
// account must not use up the owner's share.
Prepared prepare_forgot_password(const Context& context) {
  auto fields = BodyFields::from_json(context, kFields);
  const auto email = fields.email("email");
  if (const auto refusal = fields.refusal()) return *refusal;
  auto questions = client_questions(context, Limit::kForgotPerClient);
  questions.push_back({Limit::kForgotPerAccount, {std::string(email->normalized())}, WhenLimited::kSuppress});
  return Call{{{InputField::kEmail, std::string(email->text())}}, std::move(questions)};
}

std::optional<Answer> conclude_forgot_password(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome != CallOutcome::kAccepted) return std::nullopt;
  if (context.dialect == Dialect::kFastapi) return fastapi_null(202, Event::kForgotAccepted);
  auto json = JsonWriter();
  json.begin_object().member("message", "If there is an account for this address, a mail with a link is on its way.");
  json.member("recovery_id", mint_recovery_id(context).reveal());
  auto answer = json_answer(202, json.end_object().take(), Event::kForgotAccepted);
  answer.texts = Texts::kForPeople;
  return answer;
}

}  // namespace rekey::edge
