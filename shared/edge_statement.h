// What the edge tells of itself to a caller of /healthz who sends a challenge: its clock, the fingerprints of its keys over the
// challenge, the version of its calls, and the settings that must be the origin's. Only our edge can make the fingerprints;
// without the keys they tell nothing. Anyone may ask, so with FEATURES=recovery nothing tells of sessions; doctor sees FEATURES
// by that. The edge writes it (edge/calls/health.cpp); `rekey-origin doctor` reads it (origin/doctor/edge_check.h).
#pragma once

#include <string_view>

#include "shared/codec/strict_json.h"
#include "shared/internal_calls.h"

namespace rekey {

inline constexpr std::string_view kChallengeHeader = "rekey-challenge";

// The salt of the fingerprints: the form of a request id.
constexpr bool is_challenge(std::string_view text) {
  return text.size() == kRequestIdSize &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

inline constexpr std::string_view kUnixTimeName = "unix_time";  // seconds
inline constexpr std::string_view kFrontendUrlName = "frontend_url";
inline constexpr std::string_view kProductNameName = "product_name";
inline constexpr std::string_view kPasswordMinLengthName = "password_min_length";
inline constexpr std::string_view kSessionMinutesName = "access_token_expire_minutes";  // only with FEATURES=all
inline constexpr std::string_view kPasswordFormatName = "password_format";
inline constexpr std::string_view kRecoveryName = "recovery";

// With kVersionName, kEdgeOriginKeysName and kTokenKeysName of shared/internal_calls.h.
inline constexpr FieldRule kStatementRules[] = {
    {kVersionName, FieldKind::kInteger},
    {kUnixTimeName, FieldKind::kInteger},
    {kEdgeOriginKeysName},
    {kTokenKeysName},
    {kFrontendUrlName},
    {kProductNameName},
    {kPasswordMinLengthName, FieldKind::kInteger},
    {kSessionMinutesName, FieldKind::kInteger, FieldNeed::kOptional},
    {kPasswordFormatName},
    {kRecoveryName},
};

}  // namespace rekey
