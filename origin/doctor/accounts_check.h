// Whether the functions by which the origin reaches accounts of another product keep their promises (origin/migrations): one
// account is looked up, locked, and given another password in a transaction that is rolled back. Rekey's own functions are not
// examined.
#pragma once

#include <vector>

#include "origin/doctor/report.h"
#include "origin/settings/settings.h"

namespace rekey {

// In: a database that examine_database() finds nothing wrong with. The account that it tries is locked three times for as long as
// a few statements take, each at most two seconds, and a tenth of a second longer.
std::vector<Finding> examine_accounts(const Settings& settings);

}  // namespace rekey
