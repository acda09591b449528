#include "edge/core/settings.h"

#include <algorithm>

#include "edge/core/app_links.h"
#include "edge/core/cross_origin.h"
#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"
#include "shared/codec/html.h"
#include "shared/codec/utf8.h"
#include "shared/password_policy.h"

namespace rekey::edge {
namespace {

constexpr std::array<LimitName, kLimitCount> kLimitNames{{
    {"LIMIT_FORGOT_PER_CLIENT", "forgot-per-client", "20/60"},
    {"LIMIT_FORGOT_PER_ACCOUNT", "forgot-per-account", "5/60"},
    {"LIMIT_RESET_PER_CLIENT", "reset-per-client", "30/60"},
    {"LIMIT_LOGIN_PER_CLIENT", "login-per-client", "30/60"},
    {"LIMIT_LOGIN_PER_ACCOUNT", "login-per-account", "10/300"},
    {"LIMIT_REGISTER_PER_CLIENT", "register-per-client", "10/3600"},
    {"LIMIT_OTHER_PER_CLIENT", "other-per-client", "120/60"},
    {"LIMIT_FAILURES_PER_CLIENT", "failures-per-client", "60/60"},
}};

constexpr std::uint32_t kMaxSessionMinutes = 12 * 60;  // as at the origin
constexpr std::size_t kMaxProductName = 60;            // bytes, as at the origin
constexpr std::size_t kMaxAuthPrefix = 64;
constexpr std::uint32_t kMaxHstsSeconds = 2 * 365 * 86'400;  // a mistake with a longer one could not be undone in reasonable time

// The message's texts, by name. An empty setting counts as not set, as at the origin.
class RawSettings {
 public:
  explicit RawSettings(Bytes message) : reader_(message) {
    while (const auto field = reader_.next()) keep(*field);
  }

  std::string_view get(std::string_view name, std::string_view fallback) const {
    for (const auto& [known, value] : pairs_) {
      if (known == name && !value.empty()) return value;
    }
    return fallback;
  }

  std::vector<std::string> languages;
  std::vector<std::string> asset_paths;
  std::vector<std::string> asset_types;

 private:
  void keep(const Field& field) {
    if (field.tag == kTagSettingName) {
      pairs_.push_back({field.text(), as_text(reader_.expect(kTagSettingValue))});
    } else if (field.tag == kTagLanguage) {
      languages.emplace_back(field.text());
    } else if (field.tag == kTagAssetPath) {
      asset_paths.emplace_back(field.text());
      asset_types.emplace_back(as_text(reader_.expect(kTagAssetType)));
    } else {
      __builtin_trap();
    }
  }

  MessageReader reader_;
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
};

// Its keys go to Prometheus: none of them may open anything else.
bool load_metrics_keys(const RawSettings& raw, Settings& settings) {
  const auto text = raw.get("EDGE_METRICS_KEY", "");
  if (text.empty()) return true;
  const auto keys = KeyRing::parse(text);
  if (!keys || keys->shares_a_key_with(settings.token_keys) || keys->shares_a_key_with(settings.origin_keys)) return false;
  settings.metrics_keys = *keys;
  return true;
}

// A setting of two words, each with its meaning. Returns: whether the value is one of them.
template <auto kFirst, auto kSecond>
bool choose(std::string_view value, std::string_view first, std::string_view second, decltype(kFirst)& chosen) {
  static_assert(static_cast<int>(kFirst) == 0 && static_cast<int>(kSecond) == 1);
  chosen = static_cast<decltype(kFirst)>(value == second);
  return value == first || value == second;
}

bool load_plain_http(const RawSettings& raw, Settings& settings) {
  using enum PlainHttp;
  return choose<kRefuse, kAllow>(raw.get("ORIGIN_PLAIN_HTTP", "refuse"), "refuse", "allow", settings.plain_http);
}

bool load_origins(const RawSettings& raw, Settings& settings) {
  auto origins = parse_origins(raw.get("ORIGIN_URLS", "http://127.0.0.1:8080"), settings.plain_http);
  if (!origins) return false;
  settings.origins = *std::move(origins);
  return true;
}

bool load_allowed_origins(const RawSettings& raw, Settings& settings) {
  settings.allowed_origins = raw.get("ALLOWED_ORIGINS", "");
  return is_origin_list(settings.allowed_origins);
}

bool load_app_links(std::optional<std::string> json, std::string& kept) {
  if (!json) return false;
  kept = *std::move(json);
  return true;
}

bool load_ios_apps(const RawSettings& raw, Settings& settings) {
  return load_app_links(ios_app_ids(raw.get("IOS_APP_IDS", "")), settings.ios_app_ids);
}

bool load_android_apps(const RawSettings& raw, Settings& settings) {
  return load_app_links(android_statements(raw.get("ANDROID_APPS", "")), settings.android_statements);
}

bool load_features(const RawSettings& raw, Settings& settings) {
  using enum FeatureSet;
  return choose<kAll, kRecovery>(raw.get("FEATURES", "all"), feature_set_word(kAll), feature_set_word(kRecovery),
                                 settings.features);
}

bool load_recovery(const RawSettings& raw, Settings& settings) {
  using enum Recovery;
  return choose<kOn, kOff>(raw.get("RECOVERY", "on"), recovery_word(kOn), recovery_word(kOff), settings.recovery);
}

// In: settings with their features. With all of them the log-in is ours.
bool load_login_url(const RawSettings& raw, Settings& settings) {
  const bool is_ours = settings.features == FeatureSet::kAll;
  const auto given = raw.get("LOGIN_URL", "");
  settings.login_url = is_ours ? "/login" : given;
  return given.empty() || (!is_ours && parse_page_url(given));
}

bool load_frontend(const RawSettings& raw, Settings& settings) {
  settings.frontend_url = raw.get("FRONTEND_URL", "http://localhost:8787");
  return parse_frontend_url(settings.frontend_url).has_value();
}

bool load_product_name(const RawSettings& raw, Settings& settings) {
  settings.product_name = raw.get("PRODUCT_NAME", "Rekey");
  return settings.product_name.size() <= kMaxProductName && find_text_fault(settings.product_name) == TextFault::kNone;
}

bool is_path_character(char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '/'; }

bool load_auth_prefix(const RawSettings& raw, Settings& settings) {
  settings.auth_prefix = raw.get("AUTH_PREFIX", "/auth");
  const std::string_view prefix = settings.auth_prefix;
  return prefix.starts_with('/') && prefix.size() > 1 && prefix.size() <= kMaxAuthPrefix && !prefix.ends_with('/') &&
         prefix.find("//") == std::string_view::npos && prefix.find("/.") == std::string_view::npos && prefix != "/api/users" &&
         std::all_of(prefix.begin(), prefix.end(), is_path_character);
}

bool load_client_ip_header(const RawSettings& raw, Settings& settings) {
  settings.client_ip_header = to_lower(raw.get("CLIENT_IP_HEADER", "CF-Connecting-IP"));
  return std::all_of(settings.client_ip_header.begin(), settings.client_ip_header.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool load_password_min_length(const RawSettings& raw, Settings& settings) {
  const auto length = parse_decimal(raw.get("PASSWORD_MIN_LENGTH", "8"), kMaxPasswordMinLength);
  if (!length || *length < kDefaultPasswordMinLength) return false;
  settings.password_min_length = *length;
  return true;
}

bool load_password_format(const RawSettings& raw, Settings& settings) {
  const auto format = find_password_format(raw.get("PASSWORD_FORMAT", "argon2id"));
  if (format) settings.password_format = *format;
  return format.has_value();
}

bool load_session_lifetime(const RawSettings& raw, Settings& settings) {
  const auto minutes = parse_decimal(raw.get("ACCESS_TOKEN_EXPIRE_MINUTES", "30"), kMaxSessionMinutes);
  if (!minutes || *minutes == 0) return false;
  settings.session_seconds = *minutes * 60;
  return true;
}

bool load_hsts_max_age(const RawSettings& raw, Settings& settings) {
  const auto seconds = parse_decimal(raw.get("HSTS_MAX_AGE", "31536000"), kMaxHstsSeconds);
  if (!seconds) return false;
  settings.hsts_seconds = *seconds;
  return true;
}

bool load_hsts_subdomains(const RawSettings& raw, Settings& settings) {
  using enum HstsSubdomains;
  return choose<kLeftOut, kIncluded>(raw.get("HSTS_INCLUDE_SUBDOMAINS", "no"), "no", "yes", settings.hsts_subdomains);
}

bool load_limiter_objects(const RawSettings& raw, Settings& settings) {
  const auto objects = parse_decimal(raw.get("LIMITER_OBJECTS", "1"), kMaxLimiterObjects);
  if (!objects || *objects == 0) return false;
  settings.limiter_objects = *objects;
  return true;
}

struct Loader {
  std::string_view name;
  bool (*load)(const RawSettings&, Settings&);
};

constexpr Loader kLoaders[] = {
    {"EDGE_METRICS_KEY", load_metrics_keys},
    {"ORIGIN_PLAIN_HTTP", load_plain_http},
    {"ORIGIN_URLS", load_origins},
    {"FRONTEND_URL", load_frontend},
    {"PRODUCT_NAME", load_product_name},
    {"AUTH_PREFIX", load_auth_prefix},
    {"ALLOWED_ORIGINS", load_allowed_origins},
    {"IOS_APP_IDS", load_ios_apps},
    {"ANDROID_APPS", load_android_apps},
    {"FEATURES", load_features},
    {"LOGIN_URL", load_login_url},
    {"RECOVERY", load_recovery},
    {"CLIENT_IP_HEADER", load_client_ip_header},
    {"PASSWORD_MIN_LENGTH", load_password_min_length},
    {"PASSWORD_FORMAT", load_password_format},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", load_session_lifetime},
    {"HSTS_MAX_AGE", load_hsts_max_age},
    {"HSTS_INCLUDE_SUBDOMAINS", load_hsts_subdomains},
    {"LIMITER_OBJECTS", load_limiter_objects},
};

std::string_view load_limits(const RawSettings& raw, Settings& settings) {
  for (std::size_t i = 0; i < kLimitCount; ++i) {
    const auto limit = RateLimit::parse(raw.get(kLimitNames[i].setting, kLimitNames[i].fallback));
    if (!limit) return kLimitNames[i].setting;
    settings.limits[i] = *limit;
  }
  return {};
}

std::string_view load_all(const RawSettings& raw, Settings& settings) {
  for (const auto& loader : kLoaders) {
    if (!loader.load(raw, settings)) return loader.name;
  }
  return load_limits(raw, settings);
}

}  // namespace

const LimitName& limit_name(Limit limit) { return kLimitNames[static_cast<std::size_t>(limit)]; }

LoadedSettings Settings::load(Bytes message) {
  RawSettings raw(message);
  if (raw.languages.empty()) __builtin_trap();
  const auto tokens = KeyRing::parse(raw.get("RESET_PASSWORD_TOKEN_SECRET", ""));
  if (!tokens) return {std::nullopt, "RESET_PASSWORD_TOKEN_SECRET"};
  const auto origin = KeyRing::parse(raw.get("EDGE_ORIGIN_KEYS", ""));
  if (!origin || tokens->shares_a_key_with(*origin)) return {std::nullopt, "EDGE_ORIGIN_KEYS"};

  Settings settings(*tokens, *origin);
  const auto invalid = load_all(raw, settings);
  if (!invalid.empty()) return {std::nullopt, invalid};
  settings.languages = std::move(raw.languages);
  settings.asset_paths = std::move(raw.asset_paths);
  settings.asset_types = std::move(raw.asset_types);
  return {std::move(settings), {}};
}

void Settings::write_fills(MessageWriter& out) const {
  const auto fill = [&out](std::string_view placeholder, std::string_view text) {
    out.text(kTagFillName, placeholder);
    out.text(kTagFillText, text);
  };
  const auto most_bytes = most_password_bytes(password_format);
  fill("product_name", escape_html(product_name));
  fill("password_min_length", to_decimal(password_min_length));
  fill("password_max_bytes", most_bytes == kAnyPasswordBytes ? "" : to_decimal(most_bytes));
  fill("auth_prefix", auth_prefix);
  fill("ios_app_ids", ios_app_ids);
  fill("android_statements", android_statements);
  fill("login_url", escape_html(login_url));
  fill("accounts", features == FeatureSet::kAll ? "yes" : "");
  fill("recovery_off", recovery == Recovery::kOff ? "yes" : "");
}

std::optional<Asset> Settings::find_asset(std::string_view path) const {
  const auto found = std::find(asset_paths.begin(), asset_paths.end(), path);
  if (found == asset_paths.end()) return std::nullopt;
  return Asset{*found, asset_types[static_cast<std::size_t>(found - asset_paths.begin())]};
}

}  // namespace rekey::edge
