#include "origin/api/internal_reply.h"

#include "origin/http/http_answer.h"
#include "shared/codec/json_writer.h"
#include "shared/password_policy.h"

namespace rekey {

namespace {

JsonWriter begin_outcome(std::string_view word) {
  JsonWriter json;
  json.begin_object().member("outcome", word);
  return json;
}

InternalReply end_outcome(JsonWriter& json, std::string_view word) { return {200, json.end_object().take(), std::string(word)}; }

void write_user(JsonWriter& json, const User& user) {
  json.key("user").begin_object().member("id", user.id).member("username", user.username).member("email", user.email);
  json.key("is_active").boolean(user.is_active);
  json.key("is_verified").boolean(user.is_verified);
  json.key("is_superuser").boolean(user.is_superuser);
  json.end_object();
}

std::string outcome_of(int status) { return "problem_" + std::to_string(status); }

}  // namespace

InternalReply outcome_reply(std::string_view word) {
  JsonWriter json = begin_outcome(word);
  return end_outcome(json, word);
}

InternalReply refused_password_reply(Error refusal) {
  JsonWriter json = begin_outcome("password_refused");
  json.member("reason", password_reason(refusal));
  return end_outcome(json, "password_refused");
}

InternalReply registered_reply(const User& user) {
  JsonWriter json = begin_outcome("created");
  write_user(json, user);
  return end_outcome(json, "created");
}

InternalReply current_user_reply(const User& user, bool renewed) {
  JsonWriter json = begin_outcome("ok");
  write_user(json, user);
  json.key("renewed").boolean(renewed);
  return end_outcome(json, "ok");
}

InternalReply problem_reply(int status, std::string_view detail) {
  return {status, problem(status, detail).body, outcome_of(status)};
}

InternalReply wrong_fields_reply(const std::vector<FieldError>& errors) {
  constexpr int kStatus = 422;
  JsonWriter json;
  json.begin_object().member("type", "about:blank").member("title", title_of(kStatus)).key("status").integer(kStatus);
  json.member("detail", "The call is not of the form that was agreed on.").key("errors").begin_array();
  for (const FieldError& error : errors) {
    json.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
  }
  return {kStatus, json.end_array().end_object().take(), outcome_of(kStatus)};
}

}  // namespace rekey
