// Whether this machine reaches the receivers of webhooks: the same look-up, addresses and certificates as for a webhook, with a
// GET that sends nothing.
#pragma once

#include <chrono>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/settings/settings.h"

namespace rekey {

// Takes `patience` at most for each URL, beside the look-up of the name. Findings name a URL by its number among WEBHOOK_URLS.
std::vector<Finding> examine_webhooks(const Settings& settings, std::chrono::milliseconds patience);

}  // namespace rekey
