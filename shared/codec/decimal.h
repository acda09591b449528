// Unsigned decimal numbers in one spelling: digits only, no sign, no leading zero. For key ids, limits and time stamps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rekey {

// Returns: the number, or nothing where the text is another spelling, empty, or above `most`.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t most);

}  // namespace rekey
