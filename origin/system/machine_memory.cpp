#include "origin/system/machine_memory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// Returns: the number that the text begins with; nothing for another word, such as "max".
std::optional<std::uint64_t> leading_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end != text.data() ? std::optional(number) : std::nullopt;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Returns: the value after `name` in a file of lines, "" if there is none.
std::string value_in(const std::filesystem::path& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::string(trim(std::string_view(line).substr(name.size())));
  }
  return "";
}

// A group's own limit may be wider than that of a group around it.
std::optional<std::uint64_t> least_group_memory() {
  const std::filesystem::path root = "/sys/fs/cgroup";
  auto group = std::filesystem::path(value_in("/proc/self/cgroup", "0::")).relative_path();
  std::optional<std::uint64_t> least;
  for (;; group = group.parent_path()) {
    const auto limit = leading_number(first_line(root / group / "memory.max"));
    if (limit) least = std::min(least.value_or(*limit), *limit);
    if (group.empty()) return least;
  }
}

std::optional<std::uint64_t> memory_of_machine(std::string_view name) {
  const auto kib = leading_number(value_in("/proc/meminfo", name));
  return kib ? std::optional(*kib * 1024) : std::nullopt;
}

}  // namespace

MachineMemory read_machine_memory() {
  return {least_group_memory(), memory_of_machine("MemTotal:"), memory_of_machine("MemAvailable:")};
}

}  // namespace rekey
