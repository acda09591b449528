// Whether this origin can listen, or already runs: then whether it runs with these settings. It is asked by the edge's own signed
// call of `health`, so its keys are compared with ours.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/ports/clock.h"
#include "origin/ports/random.h"
#include "origin/settings/settings.h"

namespace rekey {

enum class Running : std::uint8_t { kNo, kYes };  // an origin at ORIGIN_LISTEN

struct OriginExamination {
  std::vector<Finding> findings;
  Running running = Running::kNo;
};

OriginExamination examine_origin(const Settings& settings, std::chrono::milliseconds patience, const Clock& clock,
                                 Random& random);

}  // namespace rekey
