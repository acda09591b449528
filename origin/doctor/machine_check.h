// Whether this process may open as many files and use as much memory as the origin will need. Its limits are those of the shell
// or the service manager that started it: run `rekey-origin doctor` as the service runs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/settings/settings.h"

namespace rekey {

struct MachineLimits {
  std::uint64_t descriptors = 0;                    // RLIMIT_NOFILE, the soft one
  std::optional<std::uint64_t> group_memory{};      // bytes: the least memory.max of this process's control groups
  std::optional<std::uint64_t> address_space{};     // bytes: RLIMIT_AS
  std::optional<std::uint64_t> available_memory{};  // bytes: what the machine has left
};

MachineLimits read_machine_limits();

std::vector<Finding> judge_machine(const ServiceSettings& settings, const MachineLimits& limits);

}  // namespace rekey
