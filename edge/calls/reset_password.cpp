#include "edge/core/body_fields.h"
#include "edge/core/device.h"
#include "edge/core/fastapi_answer.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kApiFields[] = {{"token", FieldKind::kString, FieldNeed::kOptional},
                                    {"recovery_id", FieldKind::kString, FieldNeed::kOptional},
                                    {"code", FieldKind::kString, FieldNeed::kOptional},
                                    {"new_password"}};
constexpr FieldRule kFastapiFields[] = {{"token"}, {"password"}};
constexpr FieldRule kCheckFields[] = {{"recovery_id"}, {"code"}};

std::span<const FieldRule> fields_of(Dialect dialect) {
  return dialect == Dialect::kFastapi ? std::span<const FieldRule>(kFastapiFields) : std::span<const FieldRule>(kApiFields);
}

std::string_view password_field(Dialect dialect) { return fields_of(dialect).back().name; }

// A reset is by token, or by recovery_id and code.
void refuse_other_proofs(BodyFields& fields) {
  const bool has_code = fields.has("code");
  if (!has_code && !fields.has("recovery_id")) {
    if (!fields.has("token")) fields.refuse("token", "missing");
  } else if (fields.has("token")) {
    fields.refuse("token", "unknown");
  } else if (!has_code || !fields.has("recovery_id")) {
    fields.refuse(has_code ? "recovery_id" : "code", "missing");
  }
}

std::optional<Answer> admit_token(const Context& context, const BodyFields& fields, std::vector<InputValue>& input) {
  const auto token = admit_reset_token(context, fields.text("token"));
  if (const auto* refusal = std::get_if<Answer>(&token)) return *refusal;
  input.push_back({InputField::kToken, std::get<std::string>(token)});
  return std::nullopt;
}

// In: a call whose input begins with what was proven, the link's hash or the mail's request.
std::vector<Question> questions_of(const Context& context, const Call& call) {
  return recovery_questions(context, Limit::kResetPerClient, call.input.front().value);
}

Answer unknown_token(const Context& context) {
  auto refusal = bad_token(context);
  refusal.event = Event::kTokenUnknown;
  return refusal;
}

}  // namespace

// `token` is the token's hash, `code` its prints: the token or the code itself goes no further. The shared policy alone judges
// the password here, before a wrong code costs a try; the origin judges it again, with the account's address and name.
Prepared prepare_reset_password(const Context& context) {
  auto fields = BodyFields::from_json(context, fields_of(context.dialect));
  if (context.dialect == Dialect::kApi && !fields.refusal()) refuse_other_proofs(fields);
  if (const auto refusal = fields.refusal()) return *refusal;
  Call call;
  const bool by_code = context.dialect == Dialect::kApi && fields.has("code");
  if (auto refusal = (by_code ? admit_code : admit_token)(context, fields, call.input)) return *std::move(refusal);
  call.questions = questions_of(context, call);
  if (by_code) call.input.push_back({InputField::kToken, ""});
  const auto name = password_field(context.dialect);
  const auto password = fields.text(name);
  if (const auto refusal = refuse_new_password(context, name, password, {})) return *refusal;
  call.input.push_back({InputField::kNewPassword, std::string(password)});
  return call;
}

std::optional<Answer> conclude_reset_password(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kBadToken) return unknown_token(context);
  if (outcome.outcome == CallOutcome::kPasswordRefused)
    return password_refused(context, password_field(context.dialect), outcome.reason);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  auto answer = context.dialect == Dialect::kFastapi
                    ? fastapi_null(200, Event::kResetDone)
                    : message_answer(200, "The password is changed. Log in with the new one.", Event::kResetDone);
  hand_out_device(context, outcome.account, answer);
  return answer;
}

Prepared prepare_check_code(const Context& context) {
  const auto fields = BodyFields::from_json(context, kCheckFields);
  if (const auto refusal = fields.refusal()) return *refusal;
  Call call;
  if (auto refusal = admit_code(context, fields, call.input)) return *std::move(refusal);
  call.questions = questions_of(context, call);
  return call;
}

std::optional<Answer> conclude_check_code(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kBadToken) return unknown_token(context);
  return outcome.outcome == CallOutcome::kOk ? std::optional(empty_answer(204)) : std::nullopt;
}

}  // namespace rekey::edge
