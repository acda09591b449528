#include "origin/api/internal_reply.h"

#include "origin/http/http_answer.h"
#include "origin/mail/mail_device.h"
#include "origin/ports/utc_text.h"
#include "shared/codec/json_writer.h"
#include "shared/email_address.h"
#include "shared/http_status.h"
#include "shared/password_policy.h"

namespace rekey {

namespace {

JsonWriter begin_outcome(CallOutcome outcome) {
  JsonWriter json;
  json.begin_object().member(kOutcomeName, outcome_word(outcome));
  return json;
}

InternalReply end_outcome(JsonWriter& json, CallOutcome outcome) {
  json.key(kVersionName).integer(kCallVersion);
  return {200, json.end_object().take(), std::string(outcome_word(outcome)), {}};
}

void write_user(JsonWriter& json, const User& user) {
  json.key(kUserName).begin_object().member(kUserIdName, user.id).member(kUserUsernameName, user.username);
  json.member(kUserEmailName, user.email);
  json.key(kUserActiveName).boolean(user.is_active);
  json.key(kUserVerifiedName).boolean(user.is_verified);
  json.key(kUserSuperuserName).boolean(user.is_superuser);
  json.end_object();
}

void write_session(JsonWriter& json, const LiveSession& session) {
  const auto device = recognize_device(session.user_agent);
  json.begin_object().member("id", session.id).key("current").boolean(session.is_own);
  json.member("browser", device.browser).member("system", device.system).member("country", session.country);
  json.member("started_at", utc_text(session.started_at));
  json.key("renewed_at");
  if (session.renewed_at) {
    json.string(utc_text(*session.renewed_at));
  } else {
    json.null();
  }
  json.member("expires_at", utc_text(session.expires_at)).end_object();
}

}  // namespace

std::string outcome_of(int status) { return status == 503 ? "unavailable" : "problem_" + std::to_string(status); }

InternalReply outcome_reply(CallOutcome outcome) {
  JsonWriter json = begin_outcome(outcome);
  return end_outcome(json, outcome);
}

InternalReply proven_account_reply(std::string_view address) {
  JsonWriter json = begin_outcome(CallOutcome::kOk);
  if (const auto email = EmailAddress::parse(address)) json.member(kAccountName, email->normalized());
  return end_outcome(json, CallOutcome::kOk);
}

InternalReply refused_password_reply(Error refusal) { return refused_password_reply(password_reason(refusal)); }

InternalReply refused_password_reply(std::string_view reason) {
  JsonWriter json = begin_outcome(CallOutcome::kPasswordRefused);
  json.member(kReasonName, reason);
  auto reply = end_outcome(json, CallOutcome::kPasswordRefused);
  reply.detail = reason;
  return reply;
}

InternalReply other_keys_reply(std::string_view setting) {
  JsonWriter json = begin_outcome(CallOutcome::kOtherKeys);
  json.member(kReasonName, setting);
  return end_outcome(json, CallOutcome::kOtherKeys);
}

InternalReply registered_reply(const User& user) {
  JsonWriter json = begin_outcome(CallOutcome::kCreated);
  write_user(json, user);
  auto reply = end_outcome(json, CallOutcome::kCreated);
  reply.detail = user.id;
  return reply;
}

InternalReply current_user_reply(const User& user, bool renewed) {
  JsonWriter json = begin_outcome(CallOutcome::kOk);
  write_user(json, user);
  json.key(kRenewedName).boolean(renewed);
  return end_outcome(json, CallOutcome::kOk);
}

InternalReply own_sessions_reply(const std::vector<LiveSession>& sessions) {
  JsonWriter json = begin_outcome(CallOutcome::kOk);
  json.key(kOwnName).begin_object().key("sessions").begin_array();
  for (const LiveSession& session : sessions) write_session(json, session);
  json.end_array().end_object();
  return end_outcome(json, CallOutcome::kOk);
}

InternalReply problem_reply(int status, std::string_view detail) {
  return {status, problem(status, detail).body, outcome_of(status), {}};
}

InternalReply other_version_reply() {
  constexpr int kStatus = 400;
  return {kStatus,
          problem(kStatus, kOtherVersionType, "This origin does not understand calls of this version.").body,
          "other_version",
          {}};
}

InternalReply wrong_fields_reply(const std::vector<FieldError>& errors) {
  constexpr int kStatus = 422;
  JsonWriter json;
  json.begin_object().member("type", "about:blank").member("title", http_status_title(kStatus)).key("status").integer(kStatus);
  json.member("detail", "The call is malformed.").key("errors").begin_array();
  for (const FieldError& error : errors) {
    json.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
  }
  return {kStatus, json.end_array().end_object().take(), outcome_of(kStatus), {}};
}

}  // namespace rekey
