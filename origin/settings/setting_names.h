// The names of settings: which variables are ours, the edge's or the scripts', and which are perhaps meant to be ours.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

// NAME or NAME_FILE of a setting of the origin.
bool is_setting(std::string_view name);

// Whether it is a setting of the edge or the scripts, which may stand beside ours.
bool belongs_elsewhere(std::string_view name);

// Whether a variable of the environment, which is shared with other programs, is probably meant as a setting: a typing
// error away from one, or begins with a word that is ours alone.
bool resembles_setting(std::string_view name);

// In: the name of a variable that is no setting, and where it stands. Returns: the warning, with the setting of the nearest name.
std::string unknown_setting(std::string_view name, std::string_view where);

}  // namespace rekey
