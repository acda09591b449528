#include "origin/settings/settings_source.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

#include "origin/settings/settings_table.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kMaxFile = 64 * 1024;

constexpr std::string_view kBlanks = " \t\r";

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == text.npos;
}

bool is_file_setting(std::string_view name) {
  return name.ends_with(kFileSuffix) && find_setting(name.substr(0, name.size() - kFileSuffix.size())) != nullptr;
}

std::string unquote(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  if (quoted) return std::string(value.substr(1, value.size() - 2));
  return std::string(trim(value.substr(0, value.find(" #")), kBlanks));
}

const std::string* find_filled(const SettingMap& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() || found->second.empty() ? nullptr : &found->second;
}

class Gatherer {
 public:
  Gatherer(const ReadFile& read_file, SettingTexts& texts) : read_file_(read_file), texts_(texts) {}

  // Returns: the value that one of the two names has in this map.
  std::optional<std::string> look_up(const SettingMap& map, const std::string& name) {
    const auto* value = find_filled(map, name);
    const auto* path = find_filled(map, name + std::string(kFileSuffix));
    if (value != nullptr && path != nullptr) texts_.problems.push_back(name + " and " + name + "_FILE are both set");
    if (value != nullptr) return *value;
    if (path == nullptr) return std::nullopt;
    auto text = read_file_(*path);
    if (!text) texts_.problems.push_back(name + "_FILE names a file that cannot be read");
    return text;
  }

 private:
  const ReadFile& read_file_;
  SettingTexts& texts_;
};

void warn_of_unknown(const SettingMap& dot_env, std::vector<std::string>& warnings) {
  for (const auto& [name, value] : dot_env) {
    const bool known = find_setting(name) != nullptr || is_file_setting(name) || belongs_elsewhere(name);
    if (!known) warnings.push_back(name + " in .env is not a setting");
  }
}

}  // namespace

SettingMap read_environment() {
  SettingMap result;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == text.npos) continue;
    const auto name = text.substr(0, equals);
    if (find_setting(name) != nullptr || is_file_setting(name)) result.emplace(name, text.substr(equals + 1));
  }
  return result;
}

SettingMap parse_dot_env(std::string_view text, std::vector<std::string>& problems) {
  SettingMap result;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = trim(text.substr(0, end), kBlanks);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7), kBlanks);
    const auto equals = std::min(line.find('='), line.size());
    const auto name = trim(line.substr(0, equals), kBlanks);
    if (equals == line.size() || !is_name(name)) {
      problems.push_back("line " + std::to_string(number) + " of .env is not NAME=value");
      continue;
    }
    result.insert_or_assign(std::string(name), unquote(trim(line.substr(equals + 1), kBlanks)));
  }
  return result;
}

std::optional<std::string> read_setting_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad() || text.size() > kMaxFile) return std::nullopt;
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

SettingTexts gather_settings(const SettingMap& environment, const SettingMap& dot_env, const ReadFile& read_file) {
  SettingTexts texts;
  Gatherer gatherer(read_file, texts);
  for (const auto& row : setting_table()) {
    const std::string name(row.name);
    if (auto value = gatherer.look_up(environment, name)) {
      texts.found[name] = {*std::move(value), SettingOrigin::kEnvironment};
    } else if ((value = gatherer.look_up(dot_env, name))) {
      texts.found[name] = {*std::move(value), SettingOrigin::kDotEnv};
    } else if (!row.default_value.empty()) {
      texts.found[name] = {std::string(row.default_value), SettingOrigin::kDefault};
    }
  }
  warn_of_unknown(dot_env, texts.warnings);
  return texts;
}

}  // namespace rekey
