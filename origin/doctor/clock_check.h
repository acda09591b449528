// Whether the clocks of this machine, the database and the edge agree. Links and sessions end by the database's, the edge refuses
// links by its own, and this machine's judges the age of signatures.
#pragma once

#include <chrono>
#include <optional>

#include "origin/doctor/report.h"

namespace rekey {

// How far the two others are ahead of this machine's clock; nothing if one could not be read.
struct ClockReadings {
  std::optional<std::chrono::seconds> database;
  std::optional<std::chrono::seconds> edge;
};

// If two of three agree the third is named as wrong.
Finding judge_clocks(const ClockReadings& ahead);

}  // namespace rekey
