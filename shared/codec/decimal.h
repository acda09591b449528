// Unsigned decimal numbers in one spelling: digits only, no sign, no leading zero. For key ids, limits and time stamps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rekey {

// Returns: the number; nothing for another spelling, an empty text, or a number above `most`.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t most);

}  // namespace rekey
