// Errors as application/problem+json (RFC 9457): all kinds of the edge's problems, and their writer. The texts are English; the
// other languages' are in templates/languages (`api.`), and the host puts them in.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "edge/core/action.h"

namespace rekey::edge {

struct Problem {
  std::uint16_t status;
  std::string_view type;  // after "urn:rekey:problem:"; clients may branch on it
  std::string_view detail;
  Event event = Event::kShapeRefused;
  Blame blame = Blame::kClient;
};

inline constexpr Problem kUnreadableJson{400, "unreadable-json", "The body is not one JSON document in UTF-8."};
inline constexpr Problem kUnreadableForm{400, "unreadable-form", "The body is not a URL-encoded form in UTF-8."};
inline constexpr Problem kQueryNotAllowed{400, "query-not-allowed", "Calls of the API take no query string."};
inline constexpr Problem kBrokenRequest{400, "broken-request", "The request ended early or asks for another protocol."};
inline constexpr Problem kBodyTimeout{408, "body-timeout", "The body did not arrive in time."};
inline constexpr Problem kBodyLarge{413, "body-too-large", "The body is larger than 8 KiB."};
inline constexpr Problem kUrlLarge{414, "url-too-long", "The URL is too long."};
inline constexpr Problem kNotJson{415, "unsupported-media-type", "The body must be JSON in UTF-8, without content coding."};
inline constexpr Problem kNotForm{415, "unsupported-media-type", "The body must be a URL-encoded form, without content coding."};
inline constexpr Problem kInvalidFields{422, "invalid-fields", "See the errors, one for each field."};
inline constexpr Problem kHeaderLarge{431, "header-too-large", "A header field is too long, or there are too many."};
inline constexpr Problem kBadToken{400, "bad-token", "This link or code is not valid. Ask for a new one.", Event::kTokenRefused};

inline constexpr Problem kBadKey{400, "bad-idempotency-key", "Idempotency-Key must have 16 to 128 printable characters."};
inline constexpr Problem kWrongPassword{400, "wrong-password", "The current password is wrong.", Event::kPasswordWrong,
                                        Blame::kNone};
inline constexpr Problem kBadCredentials{401, "bad-credentials", "E-mail address and password do not match.",
                                         Event::kLoginRefused, Blame::kNone};
inline constexpr Problem kNoSession{401, "no-session", "Log in first.", Event::kSessionRefused, Blame::kNone};
inline constexpr Problem kCrossSite{403, "cross-site", "Calls from pages of other sites are refused.", Event::kCrossSiteRefused,
                                    Blame::kNone};
inline constexpr Problem kHttpsRequired{403, "https-required", "Use https: the API needs it.", Event::kHttpRefused, Blame::kNone};
inline constexpr Problem kRegistrationOff{403, "registration-off", "Registration is off.", Event::kRegisterOff, Blame::kNone};
inline constexpr Problem kRecoveryOff{403, "recovery-off", "Password recovery is switched off.", Event::kRecoveryOff,
                                      Blame::kNone};
inline constexpr Problem kNotFound{404, "not-found", "There is nothing at this path.", Event::kNone, Blame::kNone};
inline constexpr Problem kMethodNotAllowed{405, "method-not-allowed", "Use a method of the Allow field.", Event::kNone,
                                           Blame::kNone};
inline constexpr Problem kTaken{409, "taken", "The e-mail address or the user name is taken.", Event::kRegisterTaken,
                                Blame::kNone};
inline constexpr Problem kNotRenewed{409, "not-renewed", "The session can't be renewed any more. Log in again when it ends.",
                                     Event::kNone, Blame::kNone};
inline constexpr Problem kPasswordRefused{422, "password-refused", "Choose another password.", Event::kPasswordRefused,
                                          Blame::kNone};
inline constexpr Problem kUnderWay{409, "call-under-way", "A call with this Idempotency-Key has no answer yet.", Event::kNone,
                                   Blame::kNone};
inline constexpr Problem kOtherBody{422, "other-body", "This Idempotency-Key came with another body before.", Event::kNone,
                                    Blame::kNone};
inline constexpr Problem kTooMany{429, "rate-limited", "Try again later.", Event::kLimitReached, Blame::kNone};
// Only /healthz names these causes: they are the operator's.
inline constexpr Problem kOtherEdgeKeys{503, "other-keys",
                                        "EDGE_ORIGIN_KEYS of this edge and of its origin differ: give both the same keys.",
                                        Event::kAlarmOtherEdgeKeys, Blame::kNone};
inline constexpr Problem kOtherTokenKeys{
    503, "other-keys", "RESET_PASSWORD_TOKEN_SECRET of this edge and of its origin differ: give both the same keys.",
    Event::kAlarmOtherTokenKeys, Blame::kNone};
inline constexpr Problem kClocksApart{503, "clocks-apart",
                                      "The clocks of this edge and of its origin are more than a minute apart: set them.",
                                      Event::kAlarmClock, Blame::kNone};
inline constexpr Problem kOtherVersion{503, "other-version",
                                       "This edge and its origin are more than one version apart: upgrade the older one.",
                                       Event::kAlarmOtherVersion, Blame::kNone};
inline constexpr Problem kUnavailable{503, "unavailable", "Try again in a moment.", Event::kNone, Blame::kNone};

// One fault of one field of a body.
struct FieldError {
  std::string pointer;      // RFC 6901: "/email", "" for the body itself
  std::string field;        // "email"
  std::string_view reason;  // a word: "missing", "invalid_email", "too_short", ...
};

// Returns: the reason as a sentence.
std::string_view explain_field(std::string_view reason);

// In: field errors for 422, each written as {pointer, detail, reason}.
Answer problem_answer(const Problem& problem, std::span<const FieldError> errors = {});

// Returns: 503 with Retry-After.
Answer unavailable(Event event, std::string_view retry_after_seconds = "5");
// The same with a cause that the operator must mend.
Answer unavailable(const Problem& problem);

}  // namespace rekey::edge
