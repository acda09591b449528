#include "edge/core/app_links.h"

#include <algorithm>

#include "shared/codec/ascii.h"

namespace rekey::edge {
namespace {

constexpr std::size_t kTeamSize = 10;         // of an Apple team, or of an older prefix
constexpr std::size_t kMaxName = 255;         // of a bundle or a package
constexpr std::size_t kFingerprintSize = 95;  // 32 bytes in hex with colons

bool is_upper_or_digit(char c) { return is_upper(c) || is_digit(c); }

// A bundle's or a package's: none of its characters means anything in JSON or in a template.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_ios_app(std::string_view app) {
  const auto team = app.substr(0, kTeamSize);
  return app.size() > kTeamSize && app[kTeamSize] == '.' && std::all_of(team.begin(), team.end(), is_upper_or_digit) &&
         is_name(app.substr(kTeamSize + 1));
}

bool is_fingerprint(std::string_view text) {
  if (text.size() != kFingerprintSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_right = i % 3 == 2 ? text[i] == ':' : is_digit(text[i]) || (text[i] >= 'A' && text[i] <= 'F');
    if (!is_right) return false;
  }
  return true;
}

bool add_ios_app(std::string& json, std::string_view app) {
  if (!is_ios_app(app)) return false;
  json.append("\"").append(app).append("\"");
  return true;
}

// Android 15 and later obey the paths here; earlier ones go by the application's manifest.
bool add_android_app(std::string& json, std::string_view app) {
  const auto package = cut_until(app, '=');
  if (!is_name(package) || !is_fingerprint(app)) return false;
  json.append(
          R"({"relation":["delegate_permission/common.handle_all_urls"],"target":{"namespace":"android_app","package_name":")")
      .append(package)
      .append(R"(","sha256_cert_fingerprints":[")")
      .append(app)
      .append(R"("]},"relation_extensions":{"delegate_permission/common.handle_all_urls":{"dynamic_app_link_components":)"
              R"([{"/":"/reset-password"},{"/":"/reset-password/cancel"},{"/":"*","exclude":true}]}}})");
  return true;
}

std::optional<std::string> join(std::string_view list, bool (*add)(std::string&, std::string_view)) {
  std::string json;
  if (list.ends_with(',')) return std::nullopt;
  while (!list.empty()) {
    if (!json.empty()) json += ',';
    if (!add(json, trim(cut_until(list, ',')))) return std::nullopt;
  }
  return json;
}

}  // namespace

std::optional<std::string> ios_app_ids(std::string_view setting) { return join(setting, add_ios_app); }

std::optional<std::string> android_statements(std::string_view setting) { return join(setting, add_android_app); }

}  // namespace rekey::edge
