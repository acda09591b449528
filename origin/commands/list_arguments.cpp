#include "origin/commands/list_arguments.h"

#include <charconv>
#include <stdexcept>

#include "origin/commands/moment.h"
#include "origin/system/system_clock.h"

namespace rekey {

std::chrono::seconds since_of(const CommandLine& line) {
  if (!line.has("--since")) return std::chrono::seconds(0);
  const auto age = parse_age(line.text("--since"), SystemClock().now());
  if (!age)
    throw std::runtime_error("--since must be an age such as 90s, 15m, 2h or 3d, or a past moment such as 2026-11-21T09:00:00Z");
  return *age;
}

std::optional<std::int64_t> row_id_from(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

std::int64_t place_from(std::string_view after) {
  if (after.empty()) return 0;
  const auto id = row_id_from(after);
  if (!id) throw std::runtime_error("--after must be a number that an earlier page printed");
  return *id;
}

}  // namespace rekey
