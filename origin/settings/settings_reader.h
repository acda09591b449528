// Turns the texts of settings into values and collects what is wrong: by the variable's name, never by its value.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "origin/settings/settings_source.h"

namespace rekey {

struct NumberRange {
  std::uint64_t least;
  std::uint64_t most;
};

class SettingsReader {
 public:
  // In: `spared` names settings that required() does not insist on.
  SettingsReader(SettingTexts& texts, std::initializer_list<std::string_view> spared) : texts_(texts), spared_(spared) {}

  bool has(std::string_view name) const { return texts_.found.contains(name); }
  bool was_chosen(std::string_view name) const;  // set by someone, not the default

  // Returns: the text, "" where there is none. Control characters are a problem.
  std::string text(std::string_view name);
  std::string required(std::string_view name);
  // Returns: the number, `range.least` after a problem.
  std::uint64_t number(std::string_view name, NumberRange range);
  // Returns: the index of the word, 0 after a problem.
  std::size_t choice(std::string_view name, std::initializer_list<std::string_view> words);

  void refuse(std::string_view name, std::string_view what);

 private:
  SettingTexts& texts_;
  std::vector<std::string_view> spared_;
};

}  // namespace rekey
