#include "edge/core/security_headers.h"

namespace rekey::edge {
namespace {

// RFC 6797, section 6.1.
std::string transport_security(const Settings& settings) {
  const bool whole_domain = settings.hsts_subdomains == HstsSubdomains::kIncluded;
  return "max-age=" + std::to_string(settings.hsts_seconds) + (whole_domain ? "; includeSubDomains" : "");
}

bool is_answer(HeaderSet set) { return set == HeaderSet::kAnswer || set == HeaderSet::kAnswerOverHttps; }
bool is_over_https(HeaderSet set) { return set == HeaderSet::kAnswerOverHttps || set == HeaderSet::kDocumentOverHttps; }

}  // namespace

HeaderSet header_set_of(const Action& action, Scheme scheme) {
  const bool document = std::holds_alternative<Document>(action);
  if (scheme == Scheme::kHttps) return document ? HeaderSet::kDocumentOverHttps : HeaderSet::kAnswerOverHttps;
  return document ? HeaderSet::kDocument : HeaderSet::kAnswer;
}

std::vector<HeaderField> headers_of(HeaderSet set, const Settings& settings) {
  std::vector<HeaderField> headers{
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "no-referrer"},
      {"cross-origin-opener-policy", "same-origin"},
      {"cross-origin-resource-policy", "same-origin"},
      {"permissions-policy",
       "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "
       "microphone=(), midi=(), payment=(), usb=()"},
  };
  if (is_over_https(set)) headers.push_back({"strict-transport-security", transport_security(settings)});
  if (!is_answer(set)) return headers;
  headers.push_back({"cache-control", "no-store"});
  headers.push_back({"content-security-policy", std::string(kNothingPolicy)});
  return headers;
}

}  // namespace rekey::edge
