// The table of the origin's settings, and their texts: from the environment, else from a systemd credential, else from `.env`,
// else the default. NAME_FILE names a file with NAME's value. An empty value counts as none. settings.h interprets the values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

enum class Secrecy : std::uint8_t { kPlain, kSecret };  // the value of a secret is never printed, logged or quoted in an error

struct SettingRow {
  std::string_view name;
  std::string_view default_value;  // "" for none
  std::string_view description;    // one line
  Secrecy secrecy = Secrecy::kPlain;
};

// All settings. README.md documents this table, and `rekey-origin settings` prints it.
std::span<const SettingRow> setting_table();

using SettingMap = std::map<std::string, std::string, std::less<>>;

enum class SettingOrigin : std::uint8_t { kEnvironment, kDotEnv, kDefault };

struct SettingText {
  std::string value;
  SettingOrigin origin = SettingOrigin::kDefault;
};

// The settings' texts, and the problems with their sources. No problem or warning quotes a value.
struct SettingTexts {
  std::map<std::string, SettingText, std::less<>> found;
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

// Returns: the environment variables that are settings, name a setting's file, or resemble a setting; with_credentials() of the
// folder that CREDENTIALS_DIRECTORY names.
SettingMap read_environment();

// Adds NAME_FILE for each setting whose credential is in the folder, the file `rekey_NAME` (systemd's LoadCredential=), unless
// the environment has NAME_FILE. One that has NAME, too, contradicts itself, as gather_settings() says.
SettingMap with_credentials(SettingMap environment, const std::filesystem::path& folder);

// Reads lines of `NAME=value`. Outside quotes `#` at a line's beginning or after a space begins a comment; quotes around a value
// are removed; nothing is expanded. Errors: a malformed line is added to `problems` by its number.
SettingMap parse_dot_env(std::string_view text, std::vector<std::string>& problems);

// Returns: the file's text without a final line end, or nothing if it can't be read.
using ReadFile = std::function<std::optional<std::string>(const std::filesystem::path&)>;
std::optional<std::string> read_setting_file(const std::filesystem::path& path);

SettingTexts gather_settings(const SettingMap& environment, const SettingMap& dot_env, const ReadFile& read_file);

struct NumberRange {
  std::uint64_t least;
  std::uint64_t most;
};

// Interprets the texts and collects the problems: by the variable's name, never its value.
class SettingsReader {
 public:
  // In: `spared` names settings that required() does not require.
  explicit SettingsReader(SettingTexts& texts, std::initializer_list<std::string_view> spared = {})
      : texts_(texts), spared_(spared) {}

  bool has(std::string_view name) const { return texts_.found.contains(name); }
  bool was_chosen(std::string_view name) const;  // set, not the default

  // Returns: the text, "" for none. Control characters and broken UTF-8 are a problem.
  std::string text(std::string_view name);
  std::string required(std::string_view name);
  // Returns: the number, `range.least` after a problem.
  std::uint64_t number(std::string_view name, NumberRange range);
  // Returns: the index of the word, 0 after a problem.
  std::size_t choice(std::string_view name, std::initializer_list<std::string_view> words);
  std::size_t choice(std::string_view name, std::span<const std::string_view> words);

  void refuse(std::string_view name, std::string_view what);

 private:
  SettingTexts& texts_;
  std::vector<std::string_view> spared_;
};

}  // namespace rekey
