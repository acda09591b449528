// Settings for the doctor's tests, and readers of its findings.
#pragma once

#include <string>
#include <vector>

#include "origin/doctor/report.h"
#include "origin/settings/settings.h"

namespace rekey::test {

// Some tests wait for as long; on a busy machine TLS takes more than a second.
inline constexpr std::chrono::milliseconds kDoctorPatience{3000};

SettingMap with_doctor_defaults(const SettingMap& changes);

// Good settings of an origin whose relay is without TLS on this machine, with these changes.
Settings doctor_settings(const SettingMap& changes = {});

// Returns: the causes of all findings that are wrong, in their order, and those of notes in brackets. "" if all is well.
std::string causes_in(const std::vector<Finding>& findings);

std::string texts_in(const std::vector<Finding>& findings);

std::string port_of_nobody();

}  // namespace rekey::test
