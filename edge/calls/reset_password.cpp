#include "edge/core/body_fields.h"
#include "edge/core/fastapi_answer.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kApiFields[] = {{"token"}, {"new_password"}};
constexpr FieldRule kFastapiFields[] = {{"token"}, {"password"}};

std::span<const FieldRule> fields_of(Dialect dialect) {
  return dialect == Dialect::kFastapi ? std::span<const FieldRule>(kFastapiFields) : std::span<const FieldRule>(kApiFields);
}

}  // namespace

// `token` is the token's hash: admit_reset_token() has verified the token (shared/token.h), which goes no further. The shared
// policy alone judges the password here; the origin judges it again, with the account's address and name.
Prepared prepare_reset_password(const Context& context) {
  const auto rules = fields_of(context.dialect);
  const auto fields = BodyFields::from_json(context, rules);
  if (const auto refusal = fields.refusal()) return *refusal;
  const auto token = admit_reset_token(context, fields.text("token"));
  if (const auto* refusal = std::get_if<Answer>(&token)) return *refusal;
  const auto password = fields.text(rules[1].name);
  if (const auto refusal = refuse_new_password(context, rules[1].name, password, {})) return *refusal;
  return Call{{{InputField::kToken, std::get<std::string>(token)}, {InputField::kNewPassword, std::string(password)}},
              client_questions(context, Limit::kResetPerClient)};
}

std::optional<Answer> conclude_reset_password(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kBadToken) {
    auto refusal = bad_token(context);
    refusal.event = Event::kTokenUnknown;
    return refusal;
  }
  if (outcome.outcome == CallOutcome::kPasswordRefused)
    return password_refused(context, fields_of(context.dialect)[1].name, outcome.reason);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  if (context.dialect == Dialect::kFastapi) return fastapi_null(200, Event::kResetDone);
  return message_answer(200, "The password is changed. Log in with the new one.", Event::kResetDone);
}

}  // namespace rekey::edge
