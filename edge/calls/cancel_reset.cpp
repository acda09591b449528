#include "edge/core/body_fields.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kFields[] = {{"token"}, {"email"}};

}  // namespace

Prepared prepare_cancel_reset(const Context& context) {
  auto fields = BodyFields::from_json(context, kFields);
  const auto email = fields.email("email");
  if (const auto refusal = fields.refusal()) return *refusal;
  const auto token = admit_reset_token(context, fields.text("token"));
  if (const auto* refusal = std::get_if<Answer>(&token)) return *refusal;
  return Call{{{InputField::kToken, std::get<std::string>(token)}, {InputField::kEmail, std::string(email->text())}},
              client_questions(context, Limit::kOtherPerClient)};
}

std::optional<Answer> conclude_cancel_reset(const Context&, const OriginOutcome& outcome) {
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  auto answer = empty_answer(204);
  answer.event = Event::kCancelAccepted;
  return answer;
}

}  // namespace rekey::edge
