#include "edge/core/cross_origin.h"

#include "shared/codec/ascii.h"

namespace rekey::edge {
namespace {

// The order of Endpoint: calls come first, those with a cookie among them.
static_assert(Endpoint::kHealth < Endpoint::kPage && kEndpointCount == 23, "a new endpoint: is it of the API?");
static_assert(static_cast<int>(Endpoint::kSession) - static_cast<int>(Endpoint::kLogin) == 5, "does it use the cookie?");

bool is_of_api(Endpoint endpoint) {
  return endpoint <= Endpoint::kHealth || endpoint == Endpoint::kOpenapi || endpoint == Endpoint::kPasswordPolicy;
}

bool uses_cookie(Endpoint endpoint) { return endpoint >= Endpoint::kLogin && endpoint <= Endpoint::kSession; }

std::vector<HeaderField>& headers_of(Action& action) {
  if (auto* answer = std::get_if<Answer>(&action)) return answer->headers;
  return std::get<Document>(action).headers;
}

// In: the headers of an answer to OPTIONS, of which Allow is the first. Chromium keeps them for two hours at most.
void permit_call(std::vector<HeaderField>& headers, std::string_view for_calls) {
  const auto methods = headers.front().value;  // a copy: the list may move
  add_header(headers, "access-control-allow-methods", methods);
  add_header(headers, "access-control-allow-headers", for_calls);
  add_header(headers, "access-control-max-age", "7200");
}

}  // namespace

bool is_origin_list(std::string_view list) {
  if (list.ends_with(',')) return false;
  while (!list.empty()) {
    const auto origin = parse_frontend_url(trim(cut_until(list, ',')));
    if (!origin || !origin->path.empty()) return false;
  }
  return true;
}

bool is_from_allowed_origin(const Settings& settings, const Transcript& transcript) {
  const auto origin = transcript.header("origin");
  for (std::string_view list = settings.allowed_origins; !list.empty();) {
    if (trim(cut_until(list, ',')) == origin) return true;
  }
  return false;
}

void share_answer(const Settings& settings, const Transcript& transcript, Endpoint endpoint, Action& action) {
  if (!is_of_api(endpoint) || (settings.allowed_origins.empty() && endpoint != Endpoint::kPasswordPolicy)) return;
  auto& headers = headers_of(action);
  const bool has_sessions = settings.features == FeatureSet::kAll;
  add_header(headers, "vary", "Origin");
  if (!is_from_allowed_origin(settings, transcript)) return;
  add_header(headers, "access-control-allow-origin", transcript.header("origin"));
  add_header(headers, "access-control-expose-headers",
             has_sessions ? "www-authenticate, retry-after, ratelimit, ratelimit-policy, x-request-id"
                          : "retry-after, ratelimit, ratelimit-policy, x-request-id");
  if (uses_cookie(endpoint)) add_header(headers, "access-control-allow-credentials", "true");
  if (transcript.method == "OPTIONS")
    permit_call(headers, has_sessions ? "authorization, content-type, idempotency-key" : "content-type, idempotency-key");
}

}  // namespace rekey::edge
