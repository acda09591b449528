// Chooses a language for a page or a mail: Accept-Language (RFC 9110, section 12.5.4) by the Lookup scheme of RFC 4647,
// section 3.4.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace rekey {

inline constexpr std::size_t kMaxAcceptLanguageSize = 256;  // bytes of a header value that are read, and passed to the origin

// Returns: as much of a header value as is read; of a longer one the whole items among its first 256 bytes.
std::string_view bound_accept_language(std::string_view header);

// In: a header value, bounded as above; `available` holds lower-case tags, the fallback first, and is never
// empty. Returns: one of `available`. An unreadable header counts as absent. q=0 excludes; equal q keeps the header's order.
std::string_view choose_language(std::string_view accept_language, std::span<const std::string_view> available);

}  // namespace rekey
