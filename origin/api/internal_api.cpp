#include "origin/api/internal_api.h"

namespace rekey {
namespace {

// Under an Idempotency-Key the request's id is kept: it leads to the account, and says nothing.
InternalReply reset_done_reply(const std::string& address, const RequestInfo& request) {
  auto reply = proven_account_reply(address);
  reply.detail = request.request_id;
  return reply;
}

InternalReply reset_reply(const ResetPasswordOutcome& outcome, const RequestInfo& request) {
  using Kind = ResetPasswordOutcome::Kind;
  switch (outcome.kind) {
    case Kind::kOk:
      return reset_done_reply(outcome.address, request);
    case Kind::kBadToken:
      return outcome_reply(CallOutcome::kBadToken);
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

// Returns: nothing for a switch of the operator's, which is not the call's.
std::optional<CallAnswer> answer_of(const InternalReply& reply) {
  const auto outcome = find_outcome(reply.outcome);
  if (!outcome || *outcome == CallOutcome::kRecoveryOff || *outcome == CallOutcome::kRegistrationOff) return std::nullopt;
  return CallAnswer{*outcome, reply.detail};
}

// In: a registration with the same name and address as the first.
InternalReply registered_again(const std::string& id, const InternalCall& call) {
  User user;
  user.id = id;
  user.username = call.text(InputField::kUsername);
  user.email = call.text(InputField::kEmail);
  return registered_reply(user);
}

}  // namespace

Effort InternalApi::effort_of(std::string_view use_case) {
  const CallRule* const rule = find_call(use_case);
  return rule != nullptr && rule->cost == CallCost::kHashing ? Effort::kHeavy : Effort::kLight;
}

InternalApi::InternalApi(const InternalApiSettings& settings, const InternalApiPorts& ports, const KeyRings& keys)
    : features_(settings.features),
      recovery_switch_(settings.recovery_switch),
      keys_(keys),
      recovery_(ports.recovery),
      events_(ports.events),
      metrics_(ports.metrics),
      clock_(ports.clock),
      rules_(ports.normalizer, settings.product_name, settings.password_min_length, ports.hasher.most_bytes()),
      register_user_(ports.accounts, ports.hasher, rules_, settings.registration, settings.languages, ports.events),
      log_in_(ports.accounts, ports.hasher, rules_, settings.session_life, ports.guesses, ports.events),
      log_out_(ports.accounts, ports.events),
      current_user_(ports.accounts, settings.session_life, ports.events),
      change_password_(ports.accounts, ports.hasher, rules_, ports.events),
      own_sessions_(ports.accounts, ports.events),
      forgot_password_(ports.recovery, ports.events, ports.metrics),
      try_code_(ports.recovery, settings.missed_codes_a_day, ports.clock, ports.events, ports.metrics),
      reset_password_(ports.recovery, try_code_, ports.hasher, rules_, ports.events, ports.metrics, settings.first_password),
      cancel_reset_(ports.recovery, ports.events, ports.metrics),
      repeated_calls_(ports.answers != nullptr ? *ports.answers : no_answers_) {}

// A body without a version is refused like one that lacks any other field.
InternalReply InternalApi::handle(std::string_view use_case, std::string_view body, std::string_view nonce) {
  const auto version = find_version(body, kMaxEnvelopeSize).value_or(kCallVersion);
  if (!is_neighbour(version)) return refuse_version(version, nonce);
  const CallRule* const rule = find_call(use_case);
  if (rule == nullptr || !has_use_case(features_, rule->use_case)) return problem_reply(404, "There is no such use case.");
  std::vector<FieldError> errors;
  auto call = InternalCall::parse(body, nonce, *rule, unknown_fields_of(version), errors);
  if (!call) return refuse(call.error(), errors, nonce);
  const auto repeat = call->repeat();
  InternalReply reply = repeat ? run_once(rule->use_case, *call, *repeat) : run(rule->use_case, *call);
  if (!call->errors().empty()) return refuse(Error::kWrongShape, call->errors(), nonce);
  return reply;
}

InternalReply InternalApi::run(UseCase use_case, InternalCall& call) {
  if (recovery_switch_ == Recovery::kOff && is_switched(use_case)) return outcome_reply(CallOutcome::kRecoveryOff);
  switch (use_case) {
    case UseCase::kRegister:
      return answer_register(call);
    case UseCase::kLogin:
      return answer_login(call);
    case UseCase::kLogout:
      return answer_logout(call);
    case UseCase::kMe:
      return answer_me(call);
    case UseCase::kChangePassword:
      return answer_change_password(call);
    case UseCase::kSessions:
      return answer_sessions(call);
    case UseCase::kEndSessions:
      return answer_end_sessions(call);
    case UseCase::kForgotPassword:
      return answer_forgot_password(call);
    case UseCase::kResetPassword:
      return answer_reset_password(call);
    case UseCase::kCancelReset:
      return answer_cancel_reset(call);
    case UseCase::kCheckCode:
      return answer_check_code(call);
    case UseCase::kHealth:
      return answer_health(call);
  }
  __builtin_trap();
}

InternalReply InternalApi::run_once(UseCase use_case, InternalCall& call, const CallRepeat& repeat) {
  InternalReply reply;
  const auto kept = repeated_calls_.run(repeat, call.request().request_id, [&](const std::string& request_id) {
    call.run_under(request_id);
    reply = run(use_case, call);
    return call.errors().empty() ? answer_of(reply) : std::nullopt;
  });
  return kept ? reply_again(use_case, *kept, call) : reply;
}

InternalReply InternalApi::reply_again(UseCase use_case, const CallAnswer& kept, InternalCall& call) {
  if (kept.outcome == CallOutcome::kPasswordRefused) return refused_password_reply(kept.detail);
  if (kept.outcome == CallOutcome::kCreated) return registered_again(kept.detail, call);
  if (kept.outcome != CallOutcome::kOk || use_case != UseCase::kResetPassword) return outcome_reply(kept.outcome);
  call.run_under(kept.detail);
  return proven_account_reply(reset_password_.repeat(call.request()).address);
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

InternalReply InternalApi::refuse_version(std::int64_t version, std::string_view nonce) {
  metrics_.count(Counter::kAlarms, Label::kOtherVersion);
  if (other_versions_.passes(clock_.steady_now()))
    events_.write(Event::kOtherVersion, nonce, {{"version", version}, {"own_version", kCallVersion}});
  return other_version_reply();
}

// Each answer_ reads its fields first and does nothing if one is wrong: handle() then answers with the call's errors.

InternalReply InternalApi::answer_register(InternalCall& call) {
  using Kind = RegisterOutcome::Kind;
  const auto username = call.username(InputField::kUsername);
  const auto email = call.email(InputField::kEmail);
  if (!username || !email) return {};
  const auto outcome = register_user_.run({*username, *email, call.text(InputField::kPassword)}, call.request());
  switch (outcome.kind) {
    case Kind::kCreated:
      return registered_reply(*outcome.user);
    case Kind::kTaken:
      return outcome_reply(CallOutcome::kTaken);
    case Kind::kRegistrationOff:
      return outcome_reply(CallOutcome::kRegistrationOff);
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

InternalReply InternalApi::answer_login(InternalCall& call) {
  const auto email = call.email(InputField::kEmail);
  const auto session = call.token_hash(InputField::kSession);
  if (!email || !session) return {};
  const auto outcome = log_in_.run({*email, call.text(InputField::kPassword), *session}, call.request());
  return outcome == LogInOutcome::kOk ? proven_account_reply(email->text()) : outcome_reply(CallOutcome::kBadCredentials);
}

InternalReply InternalApi::answer_logout(InternalCall& call) {
  const auto session = call.token_hash(InputField::kSession);
  if (!session) return {};
  log_out_.run(*session, call.request());
  return outcome_reply(CallOutcome::kOk);
}

InternalReply InternalApi::answer_me(InternalCall& call) {
  const auto session = call.token_hash(InputField::kSession);
  const auto renewal = call.optional_token_hash(InputField::kRenewal);
  if (!session || !renewal) return {};
  const auto found = current_user_.run(*session, *renewal, call.request());
  return found ? current_user_reply(found->account.user, found->renewed) : outcome_reply(CallOutcome::kNoSession);
}

InternalReply InternalApi::answer_change_password(InternalCall& call) {
  using Kind = ChangePasswordOutcome::Kind;
  const auto session = call.token_hash(InputField::kSession);
  if (!session) return {};
  const auto outcome = change_password_.run(
      {*session, call.text(InputField::kCurrentPassword), call.text(InputField::kNewPassword)}, call.request());
  switch (outcome.kind) {
    case Kind::kOk:
      return outcome_reply(CallOutcome::kOk);
    case Kind::kNoSession:
      return outcome_reply(CallOutcome::kNoSession);
    case Kind::kWrongPassword:
      return outcome_reply(CallOutcome::kWrongPassword);
    case Kind::kPasswordRefused:
      return refused_password_reply(outcome.refusal);
  }
  __builtin_trap();
}

InternalReply InternalApi::answer_sessions(InternalCall& call) {
  const auto session = call.token_hash(InputField::kSession);
  if (!session) return {};
  const auto sessions = own_sessions_.list(*session, call.request());
  return sessions ? own_sessions_reply(*sessions) : outcome_reply(CallOutcome::kNoSession);
}

InternalReply InternalApi::answer_end_sessions(InternalCall& call) {
  const auto session = call.token_hash(InputField::kSession);
  if (!session) return {};
  const bool was_live = own_sessions_.end(*session, call.text(InputField::kChosen), call.request());
  return outcome_reply(was_live ? CallOutcome::kOk : CallOutcome::kNoSession);
}

InternalReply InternalApi::answer_forgot_password(InternalCall& call) {
  const auto email = call.email(InputField::kEmail);
  if (!email) return {};
  forgot_password_.run(*email, call.flag(InputField::kSuppress) ? ForgotMark::kSuppressed : ForgotMark::kNone, call.request());
  return outcome_reply(CallOutcome::kAccepted);
}

InternalReply InternalApi::answer_reset_password(InternalCall& call) {
  const auto token = call.optional_token_hash(InputField::kToken);
  if (!token) return {};
  const auto password = call.text(InputField::kNewPassword);
  const auto& request = call.request();
  if (*token) return reset_reply(reset_password_.run({**token, password}, request), request);
  const auto code = call.code_try();
  return code ? reset_reply(reset_password_.run_by_code({*code, password}, request), request) : InternalReply{};
}

InternalReply InternalApi::answer_check_code(InternalCall& call) {
  const auto code = call.code_try();
  if (!code) return {};
  return outcome_reply(reset_password_.accepts(*code, call.request()) ? CallOutcome::kOk : CallOutcome::kBadToken);
}

InternalReply InternalApi::answer_cancel_reset(InternalCall& call) {
  const auto token = call.token_hash(InputField::kToken);
  const auto email = call.email(InputField::kEmail);
  if (!token || !email) return {};
  cancel_reset_.run(*token, *email, call.request());
  return outcome_reply(CallOutcome::kOk);
}

// The links in mails are signed by this origin's first key, so the edge must hold it. An id with two keys breaks nothing until
// the key signs, and then everything: it fails before that, too.
InternalReply InternalApi::answer_health(InternalCall& call) {
  const auto edge_origin = call.fingerprints(InputField::kEdgeOriginKeys);
  const auto tokens = call.fingerprints(InputField::kTokenKeys);
  if (!edge_origin || !tokens) return {};
  const auto& salt = call.request().request_id;
  const auto own_tokens = KeyFingerprints::of(keys_.tokens, salt);
  if (edge_origin->contradict(KeyFingerprints::of(keys_.edge_origin, salt)))
    return answer_other_keys(kEdgeOriginKeysSetting, call);
  if (tokens->contradict(own_tokens) || !tokens->hold(own_tokens.signing())) return answer_other_keys(kTokenKeysSetting, call);
  recovery_.ping();
  return outcome_reply(CallOutcome::kOk);
}

InternalReply InternalApi::answer_other_keys(std::string_view setting, const InternalCall& call) {
  metrics_.count(Counter::kAlarms, Label::kOtherKeys);
  events_.write(Event::kOtherKeys, call.request().request_id, {{"setting", setting}});
  return other_keys_reply(setting);
}

}  // namespace rekey
