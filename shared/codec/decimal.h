// Unsigned decimal numbers in one spelling: digits only, no sign, no leading zero. For key ids, limits and time stamps.
// Why not std::to_string: with its tables and a function for each type it takes ten times the room in the edge's module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

// Returns: the number; nothing for another spelling, an empty text, or a number above `most`.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t most);

std::string to_decimal(std::uint64_t number);

}  // namespace rekey
