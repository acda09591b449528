#include "origin/api/internal_api.h"

#include <algorithm>

namespace rekey {

namespace {

constexpr FieldRule kRegisterFields[] = {{"username"}, {"email"}, {"password"}};
constexpr FieldRule kLoginFields[] = {{"email"}, {"password"}, {"session"}};
constexpr FieldRule kLogoutFields[] = {{"session"}};
constexpr FieldRule kMeFields[] = {{"session"}, {"renewal"}};
constexpr FieldRule kChangePasswordFields[] = {{"session"}, {"current_password"}, {"new_password"}};
constexpr FieldRule kForgotPasswordFields[] = {{"email"}, {"suppress", FieldKind::kBoolean}};
constexpr FieldRule kResetPasswordFields[] = {{"token"}, {"new_password"}};
constexpr FieldRule kCancelResetFields[] = {{"token"}, {"email"}};

}  // namespace

struct InternalApi::Route {
  std::string_view use_case;
  std::span<const FieldRule> fields;
  InternalReply (InternalApi::*answer)(InternalCall&);
  Effort effort = Effort::kLight;
};

const InternalApi::Route* InternalApi::find_route(std::string_view use_case) {
  static constexpr Route kRoutes[] = {
      {"register", kRegisterFields, &InternalApi::answer_register, Effort::kHeavy},
      {"login", kLoginFields, &InternalApi::answer_login, Effort::kHeavy},
      {"logout", kLogoutFields, &InternalApi::answer_logout},
      {"me", kMeFields, &InternalApi::answer_me},
      {"change-password", kChangePasswordFields, &InternalApi::answer_change_password, Effort::kHeavy},
      {"forgot-password", kForgotPasswordFields, &InternalApi::answer_forgot_password},
      {"reset-password", kResetPasswordFields, &InternalApi::answer_reset_password, Effort::kHeavy},
      {"cancel-reset", kCancelResetFields, &InternalApi::answer_cancel_reset},
      {"health", {}, &InternalApi::answer_health},
  };
  const auto found = std::find_if(std::begin(kRoutes), std::end(kRoutes), [&](const Route& r) { return r.use_case == use_case; });
  return found == std::end(kRoutes) ? nullptr : found;
}

Effort InternalApi::effort_of(std::string_view use_case) {
  const Route* const route = find_route(use_case);
  return route == nullptr ? Effort::kLight : route->effort;
}

InternalApi::InternalApi(const InternalApiSettings& settings, const InternalApiPorts& ports)
    : recovery_(ports.recovery),
      events_(ports.events),
      rules_(ports.normalizer, settings.product_name, settings.password_min_length),
      register_user_(ports.accounts, ports.hasher, rules_, settings.registration, settings.languages, ports.events),
      log_in_(ports.accounts, ports.hasher, rules_, settings.session_lifetime, ports.events),
      log_out_(ports.accounts, ports.events),
      current_user_(ports.accounts, settings.session_lifetime),
      change_password_(ports.accounts, ports.hasher, rules_, ports.events),
      forgot_password_(ports.recovery, ports.events, ports.metrics),
      reset_password_(ports.recovery, ports.hasher, rules_, ports.events, ports.metrics),
      cancel_reset_(ports.recovery, ports.events) {}

InternalReply InternalApi::handle(std::string_view use_case, std::string_view body, std::string_view nonce) {
  const Route* const route = find_route(use_case);
  if (route == nullptr) return problem_reply(404, "There is no such use case.");
  std::vector<FieldError> errors;
  auto call = InternalCall::parse(body, nonce, route->fields, errors);
  if (!call) return refuse(call.error(), errors, nonce);
  InternalReply reply = (this->*route->answer)(*call);
  if (!call->errors().empty()) return refuse(Error::kWrongShape, call->errors(), nonce);
  return reply;
}

InternalReply InternalApi::refuse(Error error, const std::vector<FieldError>& errors, std::string_view nonce) {
  events_.write(Event::kShapeRejected, nonce, {{"error", static_cast<std::int64_t>(error)}});
  switch (error) {
    case Error::kTooLarge:
      return problem_reply(413, "The body is too large.");
    case Error::kMalformedJson:
      return problem_reply(400, "The body is not JSON.");
    default:
      return wrong_fields_reply(errors);
  }
}

// Each answer_ reads its fields first and does nothing where one is wrong: handle() then answers with the call's errors.

InternalReply InternalApi::answer_register(InternalCall& call) {
  using Kind = RegisterOutcome::Kind;
  const auto username = call.username("username");
  const auto email = call.email("email");
  if (!username || !email) return {};
  const auto outcome = register_user_.run({*username, *email, call.text("password")}, call.request());
  switch (outcome.kind) {
    case Kind::kCreated:
      return registered_reply(*outcome.user);
    case Kind::kTaken:
      return outcome_reply("taken");
    case Kind::kRegistrationOff:
      return outcome_reply("registration_off");
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

InternalReply InternalApi::answer_login(InternalCall& call) {
  const auto email = call.email("email");
  const auto session = call.token_hash("session");
  if (!email || !session) return {};
  const auto outcome = log_in_.run({*email, call.text("password"), *session}, call.request());
  return outcome_reply(outcome == LogInOutcome::kOk ? "ok" : "bad_credentials");
}

InternalReply InternalApi::answer_logout(InternalCall& call) {
  const auto session = call.token_hash("session");
  if (!session) return {};
  log_out_.run(*session, call.request());
  return outcome_reply("ok");
}

InternalReply InternalApi::answer_me(InternalCall& call) {
  const auto session = call.token_hash("session");
  const auto renewal = call.optional_token_hash("renewal");
  if (!session || !renewal) return {};
  const auto found = current_user_.run(*session, *renewal);
  return found ? current_user_reply(found->account.user, found->renewed) : outcome_reply("no_session");
}

InternalReply InternalApi::answer_change_password(InternalCall& call) {
  using Kind = ChangePasswordOutcome::Kind;
  const auto session = call.token_hash("session");
  if (!session) return {};
  const auto outcome = change_password_.run({*session, call.text("current_password"), call.text("new_password")}, call.request());
  switch (outcome.kind) {
    case Kind::kOk:
      return outcome_reply("ok");
    case Kind::kNoSession:
      return outcome_reply("no_session");
    case Kind::kWrongPassword:
      return outcome_reply("wrong_password");
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

InternalReply InternalApi::answer_forgot_password(InternalCall& call) {
  const auto email = call.email("email");
  if (!email) return {};
  forgot_password_.run(*email, call.flag("suppress") ? ForgotMark::kSuppressed : ForgotMark::kNone, call.request());
  return outcome_reply("accepted");
}

InternalReply InternalApi::answer_reset_password(InternalCall& call) {
  using Kind = ResetPasswordOutcome::Kind;
  const auto token = call.token_hash("token");
  if (!token) return {};
  const auto outcome = reset_password_.run({*token, call.text("new_password")}, call.request());
  switch (outcome.kind) {
    case Kind::kOk:
      return outcome_reply("ok");
    case Kind::kBadToken:
      return outcome_reply("bad_token");
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

InternalReply InternalApi::answer_cancel_reset(InternalCall& call) {
  const auto token = call.token_hash("token");
  const auto email = call.email("email");
  if (!token || !email) return {};
  cancel_reset_.run(*token, *email, call.request());
  return outcome_reply("ok");
}

InternalReply InternalApi::answer_health(InternalCall&) {
  recovery_.ping();
  return outcome_reply("ok");
}

}  // namespace rekey
