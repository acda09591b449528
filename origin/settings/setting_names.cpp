#include "origin/settings/setting_names.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "origin/settings/settings_source.h"

namespace rekey {
namespace {

// Those that the edge reads (edge/core/settings.cpp, edge/host/start, its unit) and the origin does not, but for LIMIT_...
constexpr std::string_view kElsewhere[] = {
    "ORIGIN_URLS",     "ORIGIN_PLAIN_HTTP", "AUTH_PREFIX", "CLIENT_IP_HEADER", "HSTS_MAX_AGE", "HSTS_INCLUDE_SUBDOMAINS",
    "LIMITER_OBJECTS", "EDGE_METRICS_KEY",  "LOGIN_URL",   "ALLOWED_ORIGINS",  "SITE_DIR",     "EDGE_LISTEN",
    "IOS_APP_IDS",     "ANDROID_APPS"};

constexpr std::string_view kOurWords[] = {"MAIL_",        "ARGON2_",         "BCRYPT_",     "PBKDF2_",
                                          "EDGE_ORIGIN_", "RESET_PASSWORD_", "RESET_TOKEN_"};

constexpr std::size_t kLettersPerError = 5;  // a name of nine letters with two errors is rather another word

std::string_view without_file(std::string_view name) {
  constexpr std::string_view kSuffix = "_FILE";
  return name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size()) : name;
}

bool is_in_table(std::string_view name) {
  const auto table = setting_table();
  return std::ranges::find(table, name, &SettingRow::name) != table.end();
}

// The number of letters to insert, to delete or to replace (Levenshtein), row by row.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// Returns: the setting of the nearest name, "" if none is near.
std::string_view nearest_setting(std::string_view name) {
  const auto far = [wanted = without_file(name)](const SettingRow& row) { return distance(wanted, row.name); };
  const auto nearest = std::ranges::min_element(setting_table(), {}, far);
  return far(*nearest) * kLettersPerError <= name.size() ? nearest->name : std::string_view();
}

}  // namespace

bool is_setting(std::string_view name) { return is_in_table(name) || is_in_table(without_file(name)); }

bool belongs_elsewhere(std::string_view name) {
  return name.starts_with("LIMIT_") || name.starts_with("REKEY_") || std::ranges::find(kElsewhere, name) != std::end(kElsewhere);
}

bool resembles_setting(std::string_view name) {
  if (is_setting(name) || belongs_elsewhere(name)) return false;
  const bool our_word = std::ranges::any_of(kOurWords, [name](std::string_view word) { return name.starts_with(word); });
  return our_word || !nearest_setting(name).empty();
}

std::string unknown_setting(std::string_view name, std::string_view where) {
  const auto near = nearest_setting(name);
  auto text = std::string(name) + " in " + std::string(where) + " is not a setting";
  return near.empty() ? text : text + "; " + std::string(near) + " is one";
}

}  // namespace rekey
