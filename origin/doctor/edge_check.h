// Whether this installation's edge answers at FRONTEND_URL: it alone holds our keys. Compares its keys and the settings that must
// be the same with ours, and asks whether it reaches an origin, and whether the page of RESET_PAGE_URL may call it.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "origin/doctor/origin_check.h"
#include "origin/doctor/report.h"
#include "origin/ports/clock.h"
#include "origin/ports/random.h"
#include "origin/settings/settings.h"

namespace rekey {

struct EdgeExamination {
  std::vector<Finding> findings;
  std::optional<std::chrono::seconds> clock_ahead;  // of this machine's; nothing if the edge did not tell
};

// In: `running` tells whether an edge without an origin is a fault. Takes three times `patience` at most.
EdgeExamination examine_edge(const Settings& settings, Running running, std::chrono::milliseconds patience, const Clock& clock,
                             Random& random);

}  // namespace rekey
