// How an answer is counted: by the endpoint that was called, and by its outcome. The host adds up the numbers that the module
// names (edge/host/metrics.js), so no path and nothing else that a client sent becomes a label. README.md, "The edge's metrics",
// lists the words; those of calls are the origin's (shared/internal_calls.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "edge/core/action.h"
#include "edge/core/message.h"

namespace rekey::edge {

// Calls before everything else, and those with the session's cookie side by side: cross_origin.cpp counts on it.
enum class Endpoint : std::uint8_t {
  kRegister,
  kToken,
  kRenewToken,
  kLogin,
  kLogout,
  kMe,
  kChangePassword,
  kSessions,
  kSession,
  kForgotPassword,
  kResetPassword,
  kCancelReset,
  kCheckCode,
  kFastapiForgotPassword,
  kFastapiResetPassword,
  kHealth,
  kPage,
  kAsset,
  kOpenapi,
  kPasswordPolicy,
  kAppLinks,
  kMetrics,
  kOther,  // an unknown path, a request that can't be read, or a fault of the host
};

// By number. One text, because it takes less room in the module than a table.
inline constexpr std::string_view kEndpointWords =
    "register token renew-token login logout me change-password sessions session forgot-password reset-password cancel-reset "
    "check-code fastapi-forgot-password fastapi-reset-password health page asset openapi password-policy app-links metrics other";

enum class Outcome : std::uint8_t {
  kOk,
  kAccepted,    // a forgot request
  kSuppressed,  // the same over the account's limit: no mail will follow
  kCreated,     // an account
  kRedirected,
  kBadInput,        // too large, malformed, late, or a field that can't be used
  kMalformedToken,  // of a reset link
  kForgedToken,     // of a reset link or a session
  kExpiredToken,    // of a reset link
  kUnknownToken,    // authentic, but the origin knows no such live link
  kNoSession,
  kBadCredentials,
  kWrongPassword,
  kPasswordRefused,
  kTaken,
  kRegistrationOff,
  kRecoveryOff,
  kCrossSite,
  kPlainHttp,
  kNotFound,
  kWrongMethod,
  kLimited,
  kLimitedFailures,  // by LIMIT_FAILURES_PER_CLIENT
  kLimiterFailed,
  // By the last origin that was called:
  kOriginBusy,     // 503
  kOriginFailed,   // no whole answer, or another 5xx
  kOriginRefused,  // its keys, clock or version differ, or it or a proxy in front of it refused the call
  kOriginGarbled,
  kFailed,  // the host answered in the module's place
};

// By number, each with the first digit of the status of all such answers.
inline constexpr std::string_view kOutcomeWords =
    "ok:2 accepted:2 suppressed:2 created:2 redirected:3 bad_input:4 malformed_token:4 forged_token:4 expired_token:4 "
    "unknown_token:4 no_session:4 bad_credentials:4 wrong_password:4 password_refused:4 taken:4 registration_off:4 "
    "recovery_off:4 cross_site:4 plain_http:4 not_found:4 wrong_method:4 limited:4 limited_failures:4 limiter_failed:5 "
    "origin_busy:5 origin_failed:5 origin_refused:5 origin_garbled:5 failed:5";

constexpr std::size_t count_words(std::string_view words) {
  std::size_t count = 1;
  for (const char c : words) count += c == ' ' ? 1 : 0;
  return count;
}

inline constexpr std::size_t kEndpointCount = count_words(kEndpointWords);
inline constexpr std::size_t kOutcomeCount = count_words(kOutcomeWords);
static_assert(kEndpointCount == static_cast<std::size_t>(Endpoint::kOther) + 1);
static_assert(kOutcomeCount == static_cast<std::size_t>(Outcome::kFailed) + 1);

// Returns: the outcome of an answer or a document. Traps for another action.
Outcome outcome_of(const Action& action);

// The number under which the host counts both.
constexpr std::uint64_t tally_of(Endpoint endpoint, Outcome outcome) {
  return static_cast<std::uint64_t>(endpoint) * kOutcomeCount + static_cast<std::uint64_t>(outcome);
}

// Out: all words, the outcomes that may occur at each endpoint, and the tally of an answer in the module's place.
void write_tallies(MessageWriter& out);

}  // namespace rekey::edge
