// The common headers of all answers, and the three Content-Security-Policies.
#pragma once

#include <string_view>
#include <vector>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "shared/url.h"

namespace rekey::edge {

std::vector<HeaderField> security_headers(const Settings& settings, Scheme scheme, std::string_view request_id);

// Content-Security-Policy: for all answers but pages; for pages; for the API documentation, which uses data: images.
inline constexpr std::string_view kNothingPolicy = "default-src 'none'; frame-ancestors 'none'";
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
inline constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace rekey::edge
