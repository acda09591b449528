// The edge's cookies (RFC 6265): `__Host-`, for this host alone, out of reach of scripts and of other sites.
#pragma once

#include <optional>
#include <string_view>

#include "edge/core/action.h"

namespace rekey::edge {

// In: the Cookie header. Returns: the cookie's value; nothing if it is missing or sent twice: it is unknown which one is ours.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

// Returns: the Set-Cookie field; with 0 seconds the browser drops the cookie.
HeaderField make_cookie(std::string_view name, std::string_view value, std::uint32_t seconds);

}  // namespace rekey::edge
