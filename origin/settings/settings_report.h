// The settings for eyes: what is set and from where, or the table for the README. A secret shows as `(set)`.
#pragma once

#include <string>

#include "origin/settings/settings_source.h"

namespace rekey {

// One line a setting: NAME, value, where it comes from.
std::string describe_settings(const SettingTexts& texts);

// A Markdown table: name, default, meaning. The README holds just this; a test compares.
std::string settings_markdown();

}  // namespace rekey
