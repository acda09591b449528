#include "origin/settings/settings_reader.h"

#include <algorithm>
#include <charconv>

namespace rekey {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

std::string joined(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

}  // namespace

bool SettingsReader::was_chosen(std::string_view name) const {
  const auto found = texts_.found.find(name);
  return found != texts_.found.end() && found->second.origin != SettingOrigin::kDefault;
}

std::string SettingsReader::text(std::string_view name) {
  const auto found = texts_.found.find(name);
  if (found == texts_.found.end()) return {};
  if (std::ranges::any_of(found->second.value, is_control)) refuse(name, "must be one line without control characters");
  return found->second.value;
}

std::string SettingsReader::required(std::string_view name) {
  if (!has(name) && std::ranges::find(spared_, name) == spared_.end()) refuse(name, "must be set");
  return text(name);
}

std::uint64_t SettingsReader::number(std::string_view name, NumberRange range) {
  const auto digits = text(name);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (whole && value >= range.least && value <= range.most) return value;
  refuse(name, "must be a number from " + std::to_string(range.least) + " to " + std::to_string(range.most));
  return range.least;
}

std::size_t SettingsReader::choice(std::string_view name, std::initializer_list<std::string_view> words) {
  const auto found = std::ranges::find(words, text(name));
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  refuse(name, "must be one of " + joined(words));
  return 0;
}

void SettingsReader::refuse(std::string_view name, std::string_view what) {
  texts_.problems.push_back(std::string(name) + " " + std::string(what));
}

}  // namespace rekey
