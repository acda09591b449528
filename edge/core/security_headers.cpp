#include "edge/core/security_headers.h"

#include "shared/codec/decimal.h"

namespace rekey::edge {
namespace {

// RFC 6797, section 6.1.
std::string transport_security(const Settings& settings) {
  const bool whole_domain = settings.hsts_subdomains == HstsSubdomains::kIncluded;
  return "max-age=" + to_decimal(settings.hsts_seconds) + (whole_domain ? "; includeSubDomains" : "");
}

bool is_answer(HeaderSet set) { return set <= HeaderSet::kAnswerOverHttps; }
bool is_public(HeaderSet set) { return set >= HeaderSet::kPublicDocument; }
bool is_over_https(HeaderSet set) { return (static_cast<unsigned>(set) & 1U) != 0; }

HeaderSet over_https(HeaderSet set) { return static_cast<HeaderSet>(static_cast<unsigned>(set) | 1U); }

}  // namespace

HeaderSet header_set_of(const Action& action, Scheme scheme) {
  auto set = HeaderSet::kAnswer;
  if (const auto* document = std::get_if<Document>(&action))
    set = document->is_public ? HeaderSet::kPublicDocument : HeaderSet::kDocument;
  return scheme == Scheme::kHttps ? over_https(set) : set;
}

std::vector<HeaderField> headers_of(HeaderSet set, const Settings& settings) {
  std::vector<HeaderField> headers;
  add_header(headers, "x-content-type-options", "nosniff");
  add_header(headers, "referrer-policy", "no-referrer");
  add_header(headers, "cross-origin-opener-policy", "same-origin");
  add_header(headers, "cross-origin-resource-policy", is_public(set) ? "cross-origin" : "same-origin");
  add_header(headers, "permissions-policy",
             "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "
             "microphone=(), midi=(), payment=(), usb=()");
  if (is_over_https(set)) add_header(headers, "strict-transport-security", transport_security(settings));
  if (!is_answer(set)) return headers;
  add_header(headers, "cache-control", "no-store");
  add_header(headers, "content-security-policy", kNothingPolicy);
  return headers;
}

}  // namespace rekey::edge
