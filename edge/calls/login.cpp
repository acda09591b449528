#include "edge/core/body_fields.h"
#include "edge/core/device.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "edge/core/session.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kJsonFields[] = {{"email"}, {"password"}};
constexpr FieldRule kFormFields[] = {
    {"username"},
    {"password"},
    {"grant_type", FieldKind::kString, FieldNeed::kOptional},
    {"scope", FieldKind::kString, FieldNeed::kOptional},
    {"client_id", FieldKind::kString, FieldNeed::kOptional},
    {"client_secret", FieldKind::kString, FieldNeed::kOptional},
};

Prepared prepare(const Context& context, BodyFields& fields, std::string_view email_field) {
  const auto email = fields.email(email_field);
  const auto password = fields.known_password("password");
  if (const auto refusal = fields.refusal()) return *refusal;
  auto questions = client_questions(context, Limit::kLoginPerClient);
  // Client and account together, so that a stranger's guesses never lock the owner out.
  append_account_questions(questions, context, Limit::kLoginPerAccount, *email);
  return Call{{{InputField::kEmail, std::string(email->text())},
               {InputField::kPassword, std::string(*password)},
               {InputField::kSession, hash_text(mint_session_token(context).hash())}},
              std::move(questions)};
}

}  // namespace

Prepared prepare_login(const Context& context) {
  auto fields = BodyFields::from_json(context, kJsonFields);
  return prepare(context, fields, "email");
}

std::optional<Answer> conclude_login(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kBadCredentials) return problem_answer(kBadCredentials);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  auto answer = empty_answer(204);
  answer.headers.push_back(session_cookie(context, mint_session_token(context)));
  answer.event = Event::kLoginDone;
  hand_out_device(context, outcome.account, answer);
  return answer;
}

Prepared prepare_token(const Context& context) {
  auto fields = BodyFields::from_form(context, kFormFields);
  const auto grant = fields.text("grant_type");
  if (!grant.empty() && grant != "password") fields.refuse("grant_type", "unsupported_grant");
  return prepare(context, fields, "username");
}

std::optional<Answer> conclude_token(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kBadCredentials) return problem_answer(kBadCredentials);
  if (outcome.outcome != CallOutcome::kOk) return std::nullopt;
  auto answer = json_answer(200, token_document(context, mint_session_token(context)), Event::kLoginDone);
  hand_out_device(context, outcome.account, answer);
  return answer;
}

}  // namespace rekey::edge
