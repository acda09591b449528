#include "origin/settings/settings_report.h"

#include <optional>

#include "shared/codec/json_writer.h"

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

void string_or_null(JsonWriter& json, std::optional<std::string_view> text) {
  if (text) {
    json.string(*text);
  } else {
    json.null();
  }
}

void write_setting(JsonWriter& json, const SettingRow& row, const SettingTexts& texts) {
  const auto found = texts.found.find(row.name);
  std::optional<std::string_view> value;
  std::optional<std::string_view> source;
  if (found != texts.found.end()) {
    source = words_of(found->second.origin);
    if (row.secrecy != Secrecy::kSecret) value = found->second.value;
  }
  json.begin_object().member("name", row.name);
  string_or_null(json.key("value"), value);
  string_or_null(json.key("source"), source);
  json.end_object();
}

std::string code(std::string_view text) { return text.empty() ? std::string() : "`" + std::string(text) + "`"; }

}  // namespace

std::string describe_settings(const SettingTexts& texts) {
  std::string report;
  for (const auto& row : setting_table()) report.append(row.name).append(" = ").append(shown(row, texts)).append("\n");
  return report;
}

std::string settings_json(const SettingTexts& texts) {
  JsonWriter json;
  json.begin_object().key("settings").begin_array();
  for (const auto& row : setting_table()) write_setting(json, row, texts);
  return json.end_array().end_object().take() + "\n";
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
