// Every setting of the origin in one table: what the program reads, what the README documents, what `rekey-origin settings`
// prints.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rekey {

enum class Secrecy : std::uint8_t { kPlain, kSecret };  // the value of a secret is never printed, logged or quoted in an error

struct SettingRow {
  std::string_view name;
  std::string_view default_value;  // "" where there is none
  std::string_view description;    // one line
  Secrecy secrecy = Secrecy::kPlain;
};

std::span<const SettingRow> setting_table();

// Returns: the row, or nullptr.
const SettingRow* find_setting(std::string_view name);

// Whether a name belongs to the edge or to the scripts, which read the same .env.
bool belongs_elsewhere(std::string_view name);

}  // namespace rekey
