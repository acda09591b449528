// A moment as the operator reads and writes it: ISO 8601 in UTC, or an age such as `2h`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "origin/ports/utc_text.h"

namespace rekey {

// In: an age in seconds, minutes, hours or days (90s, 15m, 2h, 3d), or a past moment as utc_text() writes it, or its day alone.
// Returns: the age, at least 1 s; nothing for another text.
std::optional<std::chrono::seconds> parse_age(std::string_view text, std::chrono::sys_seconds now);

// In: a moment of ISO 8601 with seconds; `T` or a space before the time; a fraction and an offset (`Z`, `+02:00`, `+02`) may
// follow. Without an offset it is UTC. Returns: whether PostgreSQL reads the text as a time stamp.
bool is_iso_moment(std::string_view text);

}  // namespace rekey
