#include "edge/core/session.h"

#include <algorithm>

#include "edge/core/cookie.h"
#include "edge/core/problem.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/codec/json_writer.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kCookieName = "__Host-rekey";
constexpr std::string_view kBearer = "bearer";

Result<Session> verify(const Context& context, std::string_view text, UnixSeconds now, Credential credential) {
  const auto token = verify_token(context.settings.token_keys, TokenPurpose::kSession, text, now);
  if (!token) return token.error();
  return Session{*token, credential};
}

Result<Session> read_session_at(const Context& context, UnixSeconds now) {
  if (const auto bearer = bearer_token(context.transcript.header("authorization"))) {
    return verify(context, *bearer, now, Credential::kBearer);
  }
  if (const auto cookie = find_cookie(context.transcript.header("cookie"), kCookieName))
    return verify(context, *cookie, now, Credential::kCookie);
  return Error::kTokenMalformed;
}

constexpr UnixSeconds kBeforeEveryExpiry = 0;

TokenText mint(const Context& context, const TokenRandom& random) {
  const auto expires_at = context.transcript.now_seconds() + context.settings.session_seconds;
  return mint_token(context.settings.token_keys.signing_key(), TokenPurpose::kSession, expires_at, random);
}

}  // namespace

// A scheme, a space, the token. A scheme without a token is a credential too, an invalid one.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const auto end = std::min(authorization.find_first_of(" \t,"), authorization.size());
  if (!equal_ignoring_case(authorization.substr(0, end), kBearer)) return std::nullopt;
  const auto token = authorization.substr(end);
  return token.substr(token.starts_with(' ') ? 1 : 0);
}

Result<Session> read_session(const Context& context) { return read_session_at(context, context.transcript.now_seconds()); }

Result<Session> read_session_to_end(const Context& context) { return read_session_at(context, kBeforeEveryExpiry); }

std::optional<Answer> require_session(const Context& context) {
  const auto session = read_session(context);
  if (session) return std::nullopt;
  auto answer = problem_answer(kNoSession);
  if (session.error() == Error::kTokenForged) {
    answer.event = Event::kSessionForged;
    answer.blame = Blame::kClient;
  }
  return answer;
}

// In: a request that require_session() admits or refuses.
std::optional<Answer> require_bearer(const Context& context) {
  const auto session = read_session(context);
  if (session && session->credential == Credential::kCookie) return problem_answer(kNoSession);
  return require_session(context);
}

bool is_session_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : hex_value(text[i]) < 0) return false;
  }
  return true;
}

std::string token_document(const Context& context, const TokenText& token) {
  JsonWriter json;
  json.begin_object().member("access_token", token.reveal()).member("token_type", "bearer");
  return json.key("expires_in").integer(context.settings.session_seconds).end_object().take();
}

TokenText mint_session_token(const Context& context) { return mint(context, context.transcript.session_random()); }

TokenText mint_renewal(const Context& context, const Session& session) {
  return mint(context, continue_chain(session.token.chain, context.transcript.session_random()));
}

bool wants_renewal(const Context& context, const Session& session) {
  return session.credential == Credential::kCookie &&
         session.token.expires_at - context.transcript.now_seconds() < kRenewalSeconds;
}

HeaderField session_cookie(const Context& context, const TokenText& token) {
  return make_cookie(kCookieName, token.reveal(), context.settings.session_seconds);
}

HeaderField ended_session_cookie() { return make_cookie(kCookieName, "", 0); }

std::string hash_text(const TokenHash& hash) { return to_hex(hash); }

std::string chain_text(const Session& session) { return to_hex(session.token.chain); }

}  // namespace rekey::edge
