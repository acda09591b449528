#include "edge/core/cookie.h"

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"

namespace rekey::edge {

// RFC 6265, section 4.2.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  while (!header.empty()) {
    const auto pair = trim(cut_until(header, ';'));
    if (!pair.starts_with(name) || !pair.substr(name.size()).starts_with('=')) continue;
    if (found) return std::nullopt;
    found = pair.substr(name.size() + 1);
  }
  return found;
}

HeaderField make_cookie(std::string_view name, std::string_view value, std::uint32_t seconds) {
  std::string cookie(name);
  cookie.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=").append(to_decimal(seconds));
  return {"set-cookie", std::move(cookie)};
}

}  // namespace rekey::edge
