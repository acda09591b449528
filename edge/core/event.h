// The security events of the edge, logged with the answer's status and request id. The host logs six more:
// `limiter.failed` and `origin.failed` with the kind of the error (exchange.js), `alarm.fault` and `alarm.invalid_setting`
// (worker.js), `alarm.limiter_storage` (limiter.js): counts can't be stored, and go on in memory, and `alarm.other_site`
// (site.js): the pages are of another version than the Worker. After an alarm the operator must act.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace rekey::edge {

enum class Event : std::uint8_t {
  kNone,                // nothing is logged
  kShapeRefused,        // a request that is too large, malformed, or lacks a field
  kCrossSiteRefused,    // a call from a page of another site
  kHttpRefused,         // a call over plain http
  kLimitReached,        // 429
  kFailuresLimited,     // 429: over LIMIT_FAILURES_PER_CLIENT
  kLimiterUnavailable,  // 503: a limiter failed or was late
  kForgotAccepted,      // 202
  kForgotSuppressed,    // 202, but over the account's limit: no mail will follow
  kTokenRefused,        // a malformed reset token
  kTokenForged,         // a reset token with a wrong tag
  kTokenExpired,        // an authentic but expired reset token
  kTokenUnknown,        // an authentic reset token that the origin refused: used, replaced, cancelled or never issued
  kResetDone,           // a password was set by a reset
  kCancelAccepted,      // 204 to an authentic reset token
  kPasswordRefused,     // a new password that the policy refuses
  kPasswordWrong,       // a change of the password with a wrong current one
  kPasswordChanged,     // a password was changed by its owner
  kLoginRefused,        // a log-in with a wrong password or an unknown account
  kLoginDone,           // a log-in
  kLogoutDone,          // a log-out
  kSessionRefused,      // a call without a live session
  kSessionForged,       // a session token with a wrong tag
  kSessionRenewed,      // a new cookie or bearer token for a session
  kRegisterDone,        // an account was made
  kRegisterTaken,       // the address or the name is taken
  kRegisterOff,         // REGISTRATION is off
  kRecoveryOff,         // RECOVERY is off
  // An origin did not serve a call, from here to kAlarmGarbled. The line's status is that of this origin's answer; 503 if no
  // further origin was asked.
  kOriginBusy,             // it answered 503
  kOriginError,            // it, or a proxy in front of it, answered 5xx
  kOriginUnreachable,      // no whole answer
  kAlarmRefusedSignature,  // the origin does not hold the key that signs, the first of EDGE_ORIGIN_KEYS
  kAlarmClock,             // this clock and the origin's are more than a minute apart
  kAlarmOtherVersion,      // it and this edge are more than one version apart
  kAlarmRefusedRequest,    // it refused our call or does not know it yet, or a proxy in front of it is in the way
  kAlarmGarbled,           // its answer is not in shared/internal_calls.h
  kAlarmOtherEdgeKeys,     // 503 of /healthz: an id of EDGE_ORIGIN_KEYS stands for another key at the origin
  kAlarmOtherTokenKeys,    // 503 of /healthz: RESET_PASSWORD_TOKEN_SECRET differs from the origin's, and links are refused
  kAlarmClientAddress,     // a client address that can't be read: see CLIENT_IP_HEADER
};

inline constexpr std::string_view kEventWords[] = {
    "",
    "shape.refused",
    "cross_site.refused",
    "http.refused",
    "limit.reached",
    "limit.failures",
    "limiter.unavailable",
    "forgot.accepted",
    "forgot.suppressed",
    "token.refused",
    "token.forged",
    "token.expired",
    "token.unknown",
    "reset.done",
    "cancel.accepted",
    "password.refused",
    "password.wrong",
    "password.changed",
    "login.refused",
    "login.done",
    "logout.done",
    "session.refused",
    "session.forged",
    "session.renewed",
    "register.done",
    "register.taken",
    "register.refused",
    "recovery.refused",
    "origin.busy",
    "origin.error",
    "origin.unreachable",
    "alarm.origin_refused_signature",
    "alarm.clock",
    "alarm.other_version",
    "alarm.origin_refused_request",
    "alarm.origin_garbled",
    "alarm.other_edge_origin_keys",
    "alarm.other_token_keys",
    "alarm.client_address",
};
static_assert(std::size(kEventWords) == static_cast<std::size_t>(Event::kAlarmClientAddress) + 1);

constexpr std::string_view event_word(Event event) { return kEventWords[static_cast<std::size_t>(event)]; }

}  // namespace rekey::edge
