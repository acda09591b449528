#include "origin/settings/settings_report.h"

namespace rekey {
namespace {

std::string_view words_of(SettingOrigin origin) {
  if (origin == SettingOrigin::kEnvironment) return "environment";
  return origin == SettingOrigin::kDotEnv ? ".env" : "default";
}

std::string shown(const SettingRow& row, const SettingTexts& texts) {
  const auto found = texts.found.find(row.name);
  if (found == texts.found.end()) return "(not set)";
  const auto value = row.secrecy == Secrecy::kSecret ? "(set)" : found->second.value;
  return value + "  [" + std::string(words_of(found->second.origin)) + "]";
}

std::string code(std::string_view text) { return text.empty() ? std::string() : "`" + std::string(text) + "`"; }

}  // namespace

std::string describe_settings(const SettingTexts& texts) {
  std::string report;
  for (const auto& row : setting_table()) report.append(row.name).append(" = ").append(shown(row, texts)).append("\n");
  return report;
}

std::string settings_markdown() {
  std::string table = "| name | default | meaning |\n|---|---|---|\n";
  for (const auto& row : setting_table()) {
    table.append("| ").append(code(row.name)).append(" | ").append(code(row.default_value));
    table.append(" | ").append(row.description).append(" |\n");
  }
  return table;
}

}  // namespace rekey
