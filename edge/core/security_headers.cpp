#include "edge/core/security_headers.h"

namespace rekey::edge {

std::vector<HeaderField> security_headers(Scheme scheme, std::string_view request_id) {
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
  if (scheme == Scheme::kHttps) headers.push_back({"strict-transport-security", "max-age=63072000; includeSubDomains"});
  return headers;
}

}  // namespace rekey::edge
