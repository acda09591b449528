// The headers of all answers, in sets: the host is told each set once, and answers name theirs. Also holds the
// Content-Security-Policies.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "shared/url.h"

namespace rekey::edge {

// A document has its own Cache-Control and Content-Security-Policy; a public one may be shown by other sites.
// Strict-Transport-Security is only for https: the odd ones.
enum class HeaderSet : std::uint8_t {
  kAnswer,
  kAnswerOverHttps,
  kDocument,
  kDocumentOverHttps,
  kPublicDocument,
  kPublicDocumentOverHttps
};
inline constexpr HeaderSet kHeaderSets[] = {HeaderSet::kAnswer,         HeaderSet::kAnswerOverHttps,
                                            HeaderSet::kDocument,       HeaderSet::kDocumentOverHttps,
                                            HeaderSet::kPublicDocument, HeaderSet::kPublicDocumentOverHttps};

HeaderSet header_set_of(const Action& action, Scheme scheme);
std::vector<HeaderField> headers_of(HeaderSet set, const Settings& settings);

// Content-Security-Policy: for all answers but pages and SVG; for SVG, whose own styles Firefox refuses otherwise, within <img>,
// too; for pages; for the API documentation, which uses data: images.
inline constexpr std::string_view kNothingPolicy = "default-src 'none'; frame-ancestors 'none'";
inline constexpr std::string_view kSvgPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
inline constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

}  // namespace rekey::edge
