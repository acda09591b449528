#include "edge/core/body_fields.h"
#include "edge/core/features.h"
#include "edge/core/limiter.h"
#include "shared/codec/json_writer.h"

namespace rekey::edge {
namespace {

constexpr FieldRule kFields[] = {{"username"}, {"email"}, {"password"}};

std::string user_document(const OriginUser& user) {
  JsonWriter json;
  json.begin_object().member("id", user.id).member("username", user.username).member("email", user.email);
  return json.end_object().take();
}

}  // namespace

Prepared prepare_register(const Context& context) {
  auto fields = BodyFields::from_json(context, kFields);
  const auto username = fields.username("username");
  const auto email = fields.email("email");
  if (const auto refusal = fields.refusal()) return *refusal;
  const auto password = fields.text("password");
  const PasswordContext about{.email = email->text(), .username = username->text(), .product_name = {}};
  if (const auto refusal = refuse_new_password(context, "password", password, about)) return *refusal;
  return Call{{{InputField::kUsername, std::string(username->text())},
               {InputField::kEmail, std::string(email->text())},
               {InputField::kPassword, std::string(password)}},
              client_questions(context, Limit::kRegisterPerClient)};
}

std::optional<Answer> conclude_register(const Context& context, const OriginOutcome& outcome) {
  if (outcome.outcome == CallOutcome::kTaken) return problem_answer(kTaken);
  if (outcome.outcome == CallOutcome::kRegistrationOff) return problem_answer(kRegistrationOff);
  if (outcome.outcome == CallOutcome::kPasswordRefused) return password_refused(context, "password", outcome.reason);
  if (outcome.outcome != CallOutcome::kCreated || !outcome.user) return std::nullopt;
  return json_answer(201, user_document(*outcome.user), Event::kRegisterDone);
}

}  // namespace rekey::edge
