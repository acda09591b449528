// What memory this process may use, and what the machine has: for the metrics and for `rekey-origin doctor`.
#pragma once

#include <cstdint>
#include <optional>

namespace rekey {

// All in bytes; nothing if there is no limit, or if it can't be read.
struct MachineMemory {
  std::optional<std::uint64_t> group{};      // the least memory.max of this process's control groups (version 2)
  std::optional<std::uint64_t> total{};      // of the machine
  std::optional<std::uint64_t> available{};  // what the machine has left
};

MachineMemory read_machine_memory();

}  // namespace rekey
