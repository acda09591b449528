// All routes of the API, each with its two functions and the origin's use case. step.h calls the functions; admission.h searches
// the table. prepare_ turns the body into the call to the origin, or refuses it; conclude_ turns the origin's outcome into the
// answer; feature.h describes their arguments and results. Both are in edge/calls, in the source that the comment above them
// names.
#pragma once

#include "edge/core/feature.h"
#include "edge/core/recovery_switch.h"
#include "edge/core/session.h"

namespace rekey::edge {

// forgot_password.cpp: accepts any address; over the account's limit the call is marked `suppress`, without a change in the
// answer.
Prepared prepare_forgot_password(const Context& context);
std::optional<Answer> conclude_forgot_password(const Context& context, const OriginOutcome& outcome);

// reset_password.cpp: checks the form, MAC and expiry of the token or the recovery id; the origin gets the token's hash, or the
// code's prints. `check` asks for a code alone, before an application asks for the password.
Prepared prepare_reset_password(const Context& context);
std::optional<Answer> conclude_reset_password(const Context& context, const OriginOutcome& outcome);
Prepared prepare_check_code(const Context& context);
std::optional<Answer> conclude_check_code(const Context& context, const OriginOutcome& outcome);

// cancel_reset.cpp: ends a token for a caller who has it and knows the address; the answer does not tell whether it was live.
Prepared prepare_cancel_reset(const Context& context);
std::optional<Answer> conclude_cancel_reset(const Context& context, const OriginOutcome& outcome);

// register.cpp
Prepared prepare_register(const Context& context);
std::optional<Answer> conclude_register(const Context& context, const OriginOutcome& outcome);

// login.cpp: by JSON for pages (cookie), by form for OAuth2 clients (RFC 6749, section 4.3; bearer token).
Prepared prepare_login(const Context& context);
std::optional<Answer> conclude_login(const Context& context, const OriginOutcome& outcome);
Prepared prepare_token(const Context& context);
std::optional<Answer> conclude_token(const Context& context, const OriginOutcome& outcome);

// logout.cpp: 204 and no cookie left, logged in or not; the cookie stays where the session could not be ended.
Prepared prepare_logout(const Context& context);
std::optional<Answer> conclude_logout(const Context& context, const OriginOutcome& outcome);

// me.cpp: the user of the session; a cookie that expires soon is renewed.
Prepared prepare_me(const Context& context);
std::optional<Answer> conclude_me(const Context& context, const OriginOutcome& outcome);

// renew_token.cpp: another token for the session of an application, in the same chain.
Prepared prepare_renew_token(const Context& context);
std::optional<Answer> conclude_renew_token(const Context& context, const OriginOutcome& outcome);

// own_sessions.cpp: the account's sessions; ends one of them, or all but that of the call.
Prepared prepare_sessions(const Context& context);
std::optional<Answer> conclude_sessions(const Context& context, const OriginOutcome& outcome);
Prepared prepare_end_sessions(const Context& context);
std::optional<Answer> conclude_end_sessions(const Context& context, const OriginOutcome& outcome);

// change_password.cpp
Prepared prepare_change_password(const Context& context);
std::optional<Answer> conclude_change_password(const Context& context, const OriginOutcome& outcome);

// health.cpp: 200 only while an origin and its database answer, and the origin holds the same keys. A caller who sends a
// challenge gets the edge's statement (shared/edge_statement.h) instead, without a call to an origin.
Prepared prepare_health(const Context& context);
std::optional<Answer> conclude_health(const Context& context, const OriginOutcome& outcome);

namespace routes {
using enum Dialect;
using enum Media;
using enum UseCase;

// The paths of kFastapi come after AUTH_PREFIX.
inline constexpr Feature kAll[] = {
    {"POST", "/api/users", kApi, kJson, Endpoint::kRegister, kRegister, nullptr, prepare_register, conclude_register},
    {"POST", "/api/users/token", kApi, kForm, Endpoint::kToken, kLogin, nullptr, prepare_token, conclude_token},
    {"POST", "/api/users/token/renew", kApi, kNone, Endpoint::kRenewToken, kMe, require_bearer, prepare_renew_token,
     conclude_renew_token},
    {"POST", "/api/users/login", kApi, kJson, Endpoint::kLogin, kLogin, nullptr, prepare_login, conclude_login},
    {"POST", "/api/users/logout", kApi, kNone, Endpoint::kLogout, kLogout, nullptr, prepare_logout, conclude_logout},
    {"GET", "/api/users/me", kApi, kNone, Endpoint::kMe, kMe, require_session, prepare_me, conclude_me},
    {"PATCH", "/api/users/me/password", kApi, kJson, Endpoint::kChangePassword, kChangePassword, require_session,
     prepare_change_password, conclude_change_password},
    {"GET", "/api/users/me/sessions", kApi, kNone, Endpoint::kSessions, kSessions, require_session, prepare_sessions,
     conclude_sessions},
    {"DELETE", "/api/users/me/sessions", kApi, kNone, Endpoint::kSessions, kEndSessions, require_session, prepare_end_sessions,
     conclude_end_sessions},
    {"DELETE", "/api/users/me/sessions/", kApi, kNone, Endpoint::kSession, kEndSessions, require_session, prepare_end_sessions,
     conclude_end_sessions},
    {"POST", "/api/users/forgot-password", kApi, kJson, Endpoint::kForgotPassword, kForgotPassword, require_recovery,
     prepare_forgot_password, conclude_forgot_password},
    {"POST", "/api/users/reset-password", kApi, kJson, Endpoint::kResetPassword, kResetPassword, require_recovery,
     prepare_reset_password, conclude_reset_password},
    {"POST", "/api/users/reset-password/cancel", kApi, kJson, Endpoint::kCancelReset, kCancelReset, nullptr, prepare_cancel_reset,
     conclude_cancel_reset},
    {"POST", "/api/users/recovery/check", kApi, kJson, Endpoint::kCheckCode, kCheckCode, require_recovery, prepare_check_code,
     conclude_check_code},
    {"POST", "/forgot-password", kFastapi, kJson, Endpoint::kFastapiForgotPassword, kForgotPassword, require_recovery,
     prepare_forgot_password, conclude_forgot_password},
    {"POST", "/reset-password", kFastapi, kJson, Endpoint::kFastapiResetPassword, kResetPassword, require_recovery,
     prepare_reset_password, conclude_reset_password},
    {"GET", "/healthz", kApi, kNone, Endpoint::kHealth, kHealth, nullptr, prepare_health, conclude_health},
};
}  // namespace routes

}  // namespace rekey::edge
