// Prints the settings: values and their source, or the table for the README. A secret shows as `(set)`.
#pragma once

#include <string>

#include "origin/settings/settings_source.h"

namespace rekey {

// One line per setting: name, value, source.
std::string describe_settings(const SettingTexts& texts);

// {"settings":[{"name","value","source"}]}: a secret has no value; a setting that is not set has neither value nor source.
std::string settings_json(const SettingTexts& texts);

// A Markdown table: name, default, meaning. The README repeats it; a test compares.
std::string settings_markdown();

}  // namespace rekey
