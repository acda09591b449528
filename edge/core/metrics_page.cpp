#include "edge/core/metrics_page.h"

#include "edge/core/problem.h"
#include "edge/core/security_headers.h"
#include "edge/core/session.h"
#include "shared/codec/encoding.h"

namespace rekey::edge {
namespace {

// Decodes the token even if there are no keys. Time: depends on the lengths of the keys and of the token, never on how much of
// them is equal.
bool is_key(const std::optional<KeyRing>& keys, std::string_view token) {
  const auto size = base64url_decoded_size(token.size());
  ByteArray<kMaxKeySize> bytes{};
  if (!size || *size > bytes.size()) return false;
  const auto key = MutableBytes(bytes).first(*size);
  return from_base64url(token, key) == Error::kNone && keys && keys->holds(key);
}

bool is_operator(const Settings& settings, const Transcript& transcript) {
  const auto token = bearer_token(transcript.header("authorization"));
  return token && is_key(settings.metrics_keys, *token);
}

}  // namespace

std::optional<Action> find_metrics(const Settings& settings, const Transcript& transcript, const Url& url) {
  if (transcript.method != "GET" && transcript.method != "HEAD") return std::nullopt;
  if (!is_operator(settings, transcript)) return std::nullopt;
  if (url.scheme == Scheme::kHttp && !is_loopback(url.host())) return problem_answer(kHttpsRequired);
  return prepared_document("metrics", "text/plain; version=0.0.4; charset=utf-8", "no-store", kNothingPolicy);
}

}  // namespace rekey::edge
