#include "edge/core/idempotency.h"

#include <algorithm>

#include "edge/core/problem.h"
#include "edge/core/session.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey::edge {
namespace {

constexpr std::size_t kMinKey = 16;  // a shorter one could be another client's by chance, and get a 422 for its body
constexpr std::size_t kMaxKey = 128;

bool may_have_key(const Context& context, const Feature& feature) {
  return is_repeatable(feature.use_case) && context.dialect == Dialect::kApi;
}

// Without its quotes. A key with and without them is the same.
std::string_view client_key(const Context& context) {
  auto key = context.transcript.header(kIdempotencyHeader);
  if (key.size() < 2 || !key.starts_with('"') || !key.ends_with('"')) return key;
  return key.substr(1, key.size() - 2);
}

bool is_key_character(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

// By the key that signs tokens: whoever reads the database can't try passwords against a body's hash.
std::string keyed_hash(const Context& context, std::string_view purpose, std::string_view scope, std::string_view text) {
  constexpr std::uint8_t kEnd[] = {0};
  return to_hex(hmac_sha256(context.settings.token_keys.signing_key().bytes(),
                            {as_bytes(purpose), kEnd, as_bytes(scope), kEnd, as_bytes(text)}));
}

// The call and, for a call of an account's, its session with all renewals: so no account meets the keys of another.
std::string scope_of(const Context& context, const Feature& feature) {
  std::string scope(rule_of(feature.use_case).name);
  if (feature.use_case == UseCase::kChangePassword) scope += chain_text(*read_session(context));
  return scope;
}

}  // namespace

std::optional<Answer> refuse_key(const Context& context, const Feature& feature) {
  if (!may_have_key(context, feature) || context.transcript.header(kIdempotencyHeader).empty()) return std::nullopt;
  const auto key = client_key(context);
  const bool is_good = key.size() >= kMinKey && key.size() <= kMaxKey && std::all_of(key.begin(), key.end(), is_key_character);
  return is_good ? std::nullopt : std::optional(problem_answer(kBadKey));
}

std::string repeat_text(const Context& context, const Feature& feature) {
  if (!may_have_key(context, feature) || client_key(context).empty()) return {};
  const auto scope = scope_of(context, feature);
  return keyed_hash(context, "rekey repeat key v1", scope, client_key(context)) +
         keyed_hash(context, "rekey repeat body v1", scope, context.transcript.body.value_or(""));
}

}  // namespace rekey::edge
