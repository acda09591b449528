// `rekey-origin doctor`: examines all that a start and the day's work need, as the origin itself will use it, and names the cause
// of each fault. Changes nothing and mails nothing. Each check is a file beside this one.
#pragma once

#include <chrono>
#include <ostream>
#include <string>

#include "origin/doctor/report.h"
#include "origin/settings/settings.h"
#include "origin/settings/settings_source.h"

namespace rekey {

struct DoctorOptions {
  DoctorForm form = DoctorForm::kLines;
  std::string recipient{};                     // for the relay's rehearsal; "" for postmaster at the sender's domain
  std::chrono::milliseconds patience{10'000};  // for each dialogue
};

// In: `settings` is null if they are invalid; `texts` says why. Returns: 0, 1 if something is wrong, 2 for invalid settings.
int examine(const Settings* settings, const SettingTexts& texts, const DoctorOptions& options, std::ostream& out);

}  // namespace rekey
