// The session that a request comes with: a bearer token (RFC 6750, section 2.1) or the cookie; the bearer wins where both come.
// Session tokens are made here and leave the edge towards the client alone: the origin knows them by their hash.
#pragma once

#include <optional>
#include <string>

#include "edge/core/feature.h"

namespace rekey::edge {

inline constexpr UnixSeconds kRenewalSeconds = 600;  // a cookie with less time left is renewed by `me`

enum class Credential : std::uint8_t { kBearer, kCookie };

struct Session {
  VerifiedToken token;
  Credential credential;
};

// Errors: kTokenMalformed where no credential came at all, and as verify_token.
Result<Session> read_session(const Context& context);

// The same for a log-out, whose session may be over by this edge's clock, but not yet by the database's, which counts.
// Errors: as read_session, but never kTokenExpired.
Result<Session> read_session_to_end(const Context& context);

// Returns: 401 for a request without an authentic session token whose time is not over.
std::optional<Answer> require_session(const Context& context);

// The token that a log-in by this request would be given, the same at every step; it begins a chain of its own.
TokenText mint_session_token(const Context& context);

// The token that this request's session would be renewed into, the same at every step; of the session's chain.
TokenText mint_renewal(const Context& context, const Session& session);

// Whether the session came by a cookie that is about to end.
bool wants_renewal(const Context& context, const Session& session);

HeaderField session_cookie(const Context& context, const TokenText& token);
HeaderField ended_session_cookie();

// Returns: the hash as it stands in the origin's inputs.
std::string hash_text(const TokenHash& hash);

// Returns: the session's chain in hex. A log-in and all its renewals are counted by it; no request can choose it.
std::string chain_text(const Session& session);

}  // namespace rekey::edge
