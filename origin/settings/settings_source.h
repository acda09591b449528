// Where a setting's text comes from: the environment over `.env` over the default; NAME_FILE names a file that holds NAME's
// value. An empty value counts as none. What the text means is settings_reader.h's concern.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

using SettingMap = std::map<std::string, std::string, std::less<>>;

enum class SettingOrigin : std::uint8_t { kEnvironment, kDotEnv, kDefault };

struct SettingText {
  std::string value;
  SettingOrigin origin = SettingOrigin::kDefault;
};

// The settings' texts, and what was wrong with where they came from. No problem and no warning quotes a value.
struct SettingTexts {
  std::map<std::string, SettingText, std::less<>> found;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

// Returns: those of the process's variables that are settings, or name a setting's file.
SettingMap read_environment();

// Lines of `NAME=value`, `#` begins a comment, quotes around a value are taken off; nothing is expanded.
// Errors: a line of another form is added to `problems` by its number.
SettingMap parse_dot_env(std::string_view text, std::vector<std::string>& problems);

// Returns: the file's text without a line end at its end, or nothing where it can't be read.
using ReadFile = std::function<std::optional<std::string>(const std::filesystem::path&)>;
std::optional<std::string> read_setting_file(const std::filesystem::path& path);

SettingTexts gather_settings(const SettingMap& environment, const SettingMap& dot_env, const ReadFile& read_file);

}  // namespace rekey
