#include "edge/core/features.h"

#include "edge/core/client_address.h"
#include "edge/core/session.h"
#include "shared/codec/json_writer.h"

namespace rekey::edge {
namespace {

using enum Dialect;
using enum Repeat;
using enum Cost;

constexpr Feature kFeatures[] = {
    {"POST", "/api/users", kApi, Media::kJson, "register", kNever, kHashing, nullptr, prepare_register, conclude_register},
    {"POST", "/api/users/token", kApi, Media::kForm, "login", kNever, kHashing, nullptr, prepare_token, conclude_token},
    {"POST", "/api/users/login", kApi, Media::kJson, "login", kNever, kHashing, nullptr, prepare_login, conclude_login},
    {"POST", "/api/users/logout", kApi, Media::kNone, "logout", kHarmless, kQuick, nullptr, prepare_logout, conclude_logout},
    {"GET", "/api/users/me", kApi, Media::kNone, "me", kHarmless, kQuick, require_session, prepare_me, conclude_me},
    {"PATCH", "/api/users/me/password", kApi, Media::kJson, "change-password", kNever, kHashing, require_session,
     prepare_change_password, conclude_change_password},
    {"POST", "/api/users/forgot-password", kApi, Media::kJson, "forgot-password", kHarmless, kQuick, nullptr,
     prepare_forgot_password, conclude_forgot_password},
    {"POST", "/api/users/reset-password", kApi, Media::kJson, "reset-password", kNever, kHashing, nullptr, prepare_reset_password,
     conclude_reset_password},
    {"POST", "/api/users/reset-password/cancel", kApi, Media::kJson, "cancel-reset", kHarmless, kQuick, nullptr,
     prepare_cancel_reset, conclude_cancel_reset},
    {"POST", "/forgot-password", kFastapi, Media::kJson, "forgot-password", kHarmless, kQuick, nullptr, prepare_forgot_password,
     conclude_forgot_password},
    {"POST", "/reset-password", kFastapi, Media::kJson, "reset-password", kNever, kHashing, nullptr, prepare_reset_password,
     conclude_reset_password},
    {"GET", "/healthz", kApi, Media::kNone, "health", kHarmless, kQuick, nullptr, prepare_health, conclude_health},
};

}  // namespace

std::span<const Feature> features() { return kFeatures; }

Question client_question(const Context& context, Limit limit) {
  return {limit, {ClientAddress::parse(context.transcript.header(context.settings.client_ip_header)).key}, WhenLimited::kRefuse};
}

Answer json_answer(std::uint16_t status, std::string body, std::string_view event) {
  Answer answer;
  answer.status = status;
  answer.headers.push_back({"content-type", "application/json"});
  answer.body = std::move(body);
  answer.event = event;
  return answer;
}

Answer message_answer(std::uint16_t status, std::string_view message, std::string_view event) {
  return json_answer(status, JsonWriter().begin_object().member("message", message).end_object().take(), event);
}

}  // namespace rekey::edge
