// The arguments that lists of rows share: `--since` and `--after`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "origin/commands/command_line.h"

namespace rekey {

// Returns: the age that --since asks for, 0 s without one. Throws std::runtime_error for anything but an age or a past moment.
std::chrono::seconds since_of(const CommandLine& line);

// In: digits alone. Returns: the number, 1 or more; nothing for any other text.
std::optional<std::int64_t> row_id_from(std::string_view text);

// In: what --after holds: the id of a row, "" for the first page. Returns: the id, 0 for the first page. Throws
// std::runtime_error.
std::int64_t place_from(std::string_view after);

}  // namespace rekey
