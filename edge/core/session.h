// The session of a request: a bearer token (RFC 6750, section 2.1) or the cookie; if both come, the bearer token counts.
// Session tokens are made here and sent only to the client: the origin knows their hashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "edge/core/feature.h"

namespace rekey::edge {

inline constexpr UnixSeconds kRenewalSeconds = 600;  // a cookie with less time left is renewed by `me`

// Returns: the token of a bearer credential (RFC 9110, section 11.4), "" for a scheme without a token; nothing for another
// scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

enum class Credential : std::uint8_t { kBearer, kCookie };

struct Session {
  VerifiedToken token;
  Credential credential;
};

// Errors: kTokenMalformed without any credential, else as verify_token.
Result<Session> read_session(const Context& context);

// The same for a log-out, which accepts an expired token: the session may be alive by the database's clock, which counts.
// Errors: as read_session, but never kTokenExpired.
Result<Session> read_session_to_end(const Context& context);

// Returns: 401 for a request without an authentic, unexpired session token.
std::optional<Answer> require_session(const Context& context);
// The same for one without a bearer token: scripts must not turn a cookie, which they can't read, into a token.
std::optional<Answer> require_bearer(const Context& context);

// Whether the text is a session's id, as the origin writes it: a UUID in lower case.
bool is_session_id(std::string_view text);

// The answer's body for a client that keeps its token itself (RFC 6749, section 5.1).
std::string token_document(const Context& context, const TokenText& token);

// The token for a log-in by this request, the same at every step; it begins a new chain.
TokenText mint_session_token(const Context& context);

// The token that would renew this request's session, in the same chain; the same at every step.
TokenText mint_renewal(const Context& context, const Session& session);

// Whether the session came by a cookie that expires soon.
bool wants_renewal(const Context& context, const Session& session);

HeaderField session_cookie(const Context& context, const TokenText& token);
HeaderField ended_session_cookie();

// Returns: the hash in the form of the origin's inputs.
std::string hash_text(const TokenHash& hash);

// Returns: the session's chain in hex, shared by a log-in and all its renewals. Limits count by it: no client can choose it.
std::string chain_text(const Session& session);

}  // namespace rekey::edge
