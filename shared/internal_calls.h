// The edge's calls to the origin, POST /internal/<use case>: each use case with its input, its outcomes and its cost, and the
// envelope around them. Edge and origin use only these names, so a word that one side does not know does not compile.
// DESIGN.md, "The edge and the origin", repeats this as a table; a test in tests/documents compares.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "shared/codec/strict_json.h"

namespace rekey {

inline constexpr std::string_view kInternalPath = "/internal/";

// --- the version of calls and answers

// Each call and each answer names the version of its sender. Neighbouring versions understand each other: so edges and origins
// may be upgraded in any order, and back. A receiver ignores unknown fields of a sender of another version. The rules for a
// change:
// - Version N may add a field only if N - 1 works without it, and must work without it itself.
// - It may stop sending a field only if N - 1 does not require it.
// - Its origin must give an outcome that N adds to callers of N only.
// Raise kCallVersion with each such change to a version that was released. Version 1 was not, yet.
inline constexpr std::int64_t kCallVersion = 1;

inline constexpr std::string_view kVersionName = "version";

constexpr bool is_neighbour(std::int64_t version) { return version >= kCallVersion - 1 && version <= kCallVersion + 1; }

constexpr UnknownFields unknown_fields_of(std::int64_t version) {
  return version == kCallVersion ? UnknownFields::kRefuse : UnknownFields::kIgnore;
}

// Reads nothing else, so that it finds the version of any form of call or answer. Returns: nothing if the body has none.
std::optional<std::int64_t> find_version(std::string_view body, std::size_t max_size);

// --- the envelope: {"version", "request_id", "client", "input"}, and "repeat" of a call with an Idempotency-Key

inline constexpr std::string_view kRequestIdName = "request_id";  // also the signature's nonce
inline constexpr std::string_view kClientName = "client";
inline constexpr std::string_view kInputName = "input";
// Two keyed hashes in hex, one after the other: of the client's key for the call, and of the body. Only the edge holds their
// key's inputs, so a copy of the database tells nothing of them.
inline constexpr std::string_view kRepeatName = "repeat";

inline constexpr std::string_view kClientIpName = "ip";
inline constexpr std::string_view kUserAgentName = "user_agent";
inline constexpr std::string_view kCountryName = "country";
inline constexpr std::string_view kAcceptLanguageName = "accept_language";

inline constexpr FieldRule kEnvelopeRules[] = {{kVersionName, FieldKind::kInteger},
                                               {kRequestIdName},
                                               {kClientName, FieldKind::kObject},
                                               {kInputName, FieldKind::kObject},
                                               {kRepeatName, FieldKind::kString, FieldNeed::kOptional}};
inline constexpr FieldRule kClientRules[] = {{kClientIpName}, {kUserAgentName}, {kCountryName}, {kAcceptLanguageName}};

inline constexpr std::size_t kRequestIdSize = 22;      // base64url of 16 bytes
inline constexpr std::size_t kMaxClientIpSize = 45;    // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
inline constexpr std::size_t kMaxUserAgentSize = 200;  // cut there: enough for the kind of device
inline constexpr std::size_t kMaxEnvelopeSize = kMaxJsonSize;
inline constexpr std::size_t kMaxReplySize = kMaxBodySize;  // of the origin's 200 answer; one with a user takes less than a tenth

// --- the input

inline constexpr std::string_view kEdgeOriginKeysSetting = "EDGE_ORIGIN_KEYS";
inline constexpr std::string_view kTokenKeysSetting = "RESET_PASSWORD_TOKEN_SECRET";

enum class InputField : std::uint8_t {
  kUsername,
  kEmail,
  kPassword,
  kCurrentPassword,
  kNewPassword,
  kSession,         // SHA-256 of the session token in hex
  kRenewal,         // SHA-256 of the token that may renew it, "" for none
  kToken,           // SHA-256 of the reset token, "" for a reset by code
  kSuppress,        // boolean: the account's limit at the edge is reached; send no mail
  kEdgeOriginKeys,  // fingerprints of EDGE_ORIGIN_KEYS over the request id (shared/key_fingerprints.h)
  kTokenKeys,       // fingerprints of RESET_PASSWORD_TOKEN_SECRET
  kRecovery,        // the id of the request that a code was mailed for, absent from a reset by token
  kCode,            // the code's prints (shared/recovery_code.h), absent from a reset by token
  kChosen,          // the id of one of the account's sessions, "" for all but the call's own
};

inline constexpr FieldRule kInputRules[] = {
    {"username"},
    {"email"},
    {"password"},
    {"current_password"},
    {"new_password"},
    {"session"},
    {"renewal"},
    {"token"},
    {"suppress", FieldKind::kBoolean},
    {"edge_origin_keys"},
    {"token_keys"},
    {"recovery", FieldKind::kString, FieldNeed::kOptional},
    {"code", FieldKind::kString, FieldNeed::kOptional},
    {"chosen"},
};

constexpr const FieldRule& input_rule(InputField field) { return kInputRules[static_cast<std::size_t>(field)]; }
constexpr std::string_view input_name(InputField field) { return input_rule(field).name; }

inline constexpr std::string_view kEdgeOriginKeysName = input_name(InputField::kEdgeOriginKeys);
inline constexpr std::string_view kTokenKeysName = input_name(InputField::kTokenKeys);

// --- the outcomes, under 200: {"outcome": word, ..., "version"}

enum class CallOutcome : std::uint8_t {
  kOk,               // of `me` with `user`, `renewed`; `sessions` with `own`; `login`, `reset-password` with `account`
  kAccepted,         // of every forgot request
  kCreated,          // with `user`
  kTaken,            // the address or the name is taken
  kRegistrationOff,  // REGISTRATION=off
  kPasswordRefused,  // with `reason`, a word of password_reason()
  kWrongPassword,    // the current password of a live session is wrong
  kBadCredentials,   // the same for an unknown account and a wrong password
  kNoSession,        // there is no live session
  kBadToken,         // the same for every token that is not live, and every code that is not its link's
  kOtherKeys,        // of `health`, with `reason`, the name of the setting that differs
  kRecoveryOff,      // RECOVERY=off: the same for every address and live token
  kOtherBody,        // the Idempotency-Key came with another body before
  kUnderWay,         // a call with this Idempotency-Key and body has no answer yet
};

inline constexpr std::string_view kOutcomeWords[] = {
    "ok",
    "accepted",
    "created",
    "taken",
    "registration_off",
    "password_refused",
    "wrong_password",
    "bad_credentials",
    "no_session",
    "bad_token",
    "other_keys",
    "recovery_off",
    "other_body",
    "under_way",
};

constexpr std::string_view outcome_word(CallOutcome outcome) { return kOutcomeWords[static_cast<std::size_t>(outcome)]; }
std::optional<CallOutcome> find_outcome(std::string_view word);

inline constexpr std::string_view kOutcomeName = "outcome";
inline constexpr std::string_view kReasonName = "reason";
inline constexpr std::string_view kRenewedName = "renewed";
inline constexpr std::string_view kUserName = "user";
// The account that was proven: EmailAddress::normalized() of its address. For the edge alone.
inline constexpr std::string_view kAccountName = "account";
inline constexpr std::string_view kOwnName = "own";  // {"sessions": [...]}: the API's answer, which the edge passes on as it is

inline constexpr std::string_view kUserIdName = "id";
inline constexpr std::string_view kUserUsernameName = "username";
inline constexpr std::string_view kUserEmailName = "email";
inline constexpr std::string_view kUserActiveName = "is_active";
inline constexpr std::string_view kUserVerifiedName = "is_verified";
inline constexpr std::string_view kUserSuperuserName = "is_superuser";

inline constexpr FieldRule kReplyRules[] = {
    {kOutcomeName},
    {kReasonName, FieldKind::kString, FieldNeed::kOptional},
    {kRenewedName, FieldKind::kBoolean, FieldNeed::kOptional},
    {kUserName, FieldKind::kObject, FieldNeed::kOptional},
    {kOwnName, FieldKind::kObject, FieldNeed::kOptional},
    {kAccountName, FieldKind::kString, FieldNeed::kOptional},
    {kVersionName, FieldKind::kInteger},
};
inline constexpr FieldRule kUserRules[] = {
    {kUserIdName},
    {kUserUsernameName},
    {kUserEmailName},
    {kUserActiveName, FieldKind::kBoolean},
    {kUserVerifiedName, FieldKind::kBoolean},
    {kUserSuperuserName, FieldKind::kBoolean},
};

// --- the use cases. A call may be repeated under its request id, at the same origin or another one, also while the first is
// under way: the second changes nothing that is stored and ends like the first. So the edge goes on to another origin whenever
// one does not serve a call.

enum class UseCase : std::uint8_t {
  kRegister,
  kLogin,
  kLogout,
  kMe,
  kChangePassword,
  kSessions,
  kEndSessions,
  kForgotPassword,
  kResetPassword,
  kCancelReset,
  kCheckCode,
  kHealth,
};

// A call's cost at the origin. kQuick: up to three statements. kHashing: a password hash as well; the edge waits longer for it,
// and the origin has a separate queue and threads for it.
enum class CallCost : std::uint8_t { kQuick, kHashing };

// A list in a table: at most N items, in the order written.
template <class T, std::size_t N>
class ShortList {
 public:
  constexpr ShortList(std::initializer_list<T> items) {  // NOLINT(google-explicit-constructor): reads as a list
    for (const T item : items) items_[count_++] = item;
  }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + count_; }
  constexpr std::size_t size() const { return count_; }

 private:
  std::array<T, N> items_{};
  std::size_t count_ = 0;
};

struct CallRule {
  UseCase use_case;
  std::string_view name;  // the path after kInternalPath
  CallCost cost;
  ShortList<InputField, 4> input;
  ShortList<CallOutcome, 4> outcomes;
};

namespace call_rules {
using enum UseCase;
using enum CallCost;
using enum InputField;
using enum CallOutcome;

inline constexpr CallRule kAll[] = {
    {kRegister, "register", kHashing, {kUsername, kEmail, kPassword}, {kCreated, kTaken, kRegistrationOff, kPasswordRefused}},
    {kLogin, "login", kHashing, {kEmail, kPassword, kSession}, {kOk, kBadCredentials}},
    {kLogout, "logout", kQuick, {kSession}, {kOk}},
    {kMe, "me", kQuick, {kSession, kRenewal}, {kOk, kNoSession}},
    {kChangePassword,
     "change-password",
     kHashing,
     {kSession, kCurrentPassword, kNewPassword},
     {kOk, kNoSession, kWrongPassword, kPasswordRefused}},
    {kSessions, "sessions", kQuick, {kSession}, {kOk, kNoSession}},
    {kEndSessions, "end-sessions", kQuick, {kSession, kChosen}, {kOk, kNoSession}},
    {kForgotPassword, "forgot-password", kQuick, {kEmail, kSuppress}, {kAccepted, kRecoveryOff}},
    {kResetPassword,
     "reset-password",
     kHashing,
     {kToken, kRecovery, kCode, kNewPassword},
     {kOk, kBadToken, kPasswordRefused, kRecoveryOff}},
    {kCancelReset, "cancel-reset", kQuick, {kToken, kEmail}, {kOk}},
    {kCheckCode, "check-code", kQuick, {kRecovery, kCode}, {kOk, kBadToken, kRecoveryOff}},
    {kHealth, "health", kQuick, {kEdgeOriginKeys, kTokenKeys}, {kOk, kOtherKeys}},
};
}  // namespace call_rules

constexpr const CallRule& rule_of(UseCase use_case) { return call_rules::kAll[static_cast<std::size_t>(use_case)]; }

// --- refusals of the signature, under 401

inline constexpr std::string_view kBadSignatureType = "urn:rekey:problem:bad-signature";
// The signature is authentic, but more than kSignatureWindowSeconds old or early: a clock is wrong, or the call is replayed.
inline constexpr std::string_view kStaleSignatureType = "urn:rekey:problem:stale-signature";

// --- the refusal of a call whose version is no neighbour of the origin's, under 400: nothing of it was done

inline constexpr std::string_view kOtherVersionType = "urn:rekey:problem:other-version";

// Returns: the rule of the use case with this name, or nullptr.
const CallRule* find_call(std::string_view name);

// Returns: the rules of the input's fields, in the table's order, for JsonObject::parse.
std::span<const FieldRule> input_rules(const CallRule& rule);

// Returns: whether a call of the use case may carry kRepeatName, and so end with kOtherBody or kUnderWay.
constexpr bool is_repeatable(UseCase use_case) {
  return use_case == UseCase::kRegister || use_case == UseCase::kChangePassword || use_case == UseCase::kResetPassword;
}

// Returns: whether the use case has this outcome.
bool may_end_with(const CallRule& rule, CallOutcome outcome);

}  // namespace rekey
