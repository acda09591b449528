// Whether the origin can work with the database at DATABASE_URL: connection, schema, rights, and connections enough. Changes
// nothing there.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/ports/clock.h"
#include "origin/settings/settings.h"

namespace rekey {

struct DatabaseExamination {
  std::vector<Finding> findings;
  std::optional<std::chrono::seconds> clock_ahead;  // of this machine's; nothing if it could not be read
};

DatabaseExamination examine_database(const Settings& settings, const Clock& clock);

}  // namespace rekey
