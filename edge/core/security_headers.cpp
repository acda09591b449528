#include "edge/core/security_headers.h"

namespace rekey::edge {
namespace {

// RFC 6797, section 6.1.
std::string transport_security(const Settings& settings) {
  const bool whole_domain = settings.hsts_subdomains == HstsSubdomains::kIncluded;
  return "max-age=" + std::to_string(settings.hsts_seconds) + (whole_domain ? "; includeSubDomains" : "");
}

}  // namespace

std::vector<HeaderField> security_headers(const Settings& settings, Scheme scheme, std::string_view request_id) {
  std::vector<HeaderField> headers{
      {"x-request-id", std::string(request_id)},
      {"x-content-type-options", "nosniff"},
      {"referrer-policy", "no-referrer"},
      {"cross-origin-opener-policy", "same-origin"},
      {"cross-origin-resource-policy", "same-origin"},
      {"permissions-policy",
       "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "
       "microphone=(), midi=(), payment=(), usb=()"},
  };
  if (scheme == Scheme::kHttps) headers.push_back({"strict-transport-security", transport_security(settings)});
  return headers;
}

}  // namespace rekey::edge
