// The operator's settings for the edge, checked once per instance. README.md's table lists them; an invalid value is reported by
// its setting's name alone.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/core/message.h"
#include "edge/core/origin_list.h"
#include "shared/feature_set.h"
#include "shared/key_ring.h"
#include "shared/password_format.h"
#include "shared/rate_limit.h"
#include "shared/url.h"

namespace rekey::edge {

enum class Limit : std::uint8_t {
  kForgotPerClient,
  kForgotPerAccount,
  kResetPerClient,
  kLoginPerClient,
  kLoginPerAccount,
  kRegisterPerClient,
  kOtherPerClient,
  kFailuresPerClient,
};
inline constexpr std::size_t kLimitCount = 8;

struct LimitName {
  std::string_view setting;   // LIMIT_FORGOT_PER_CLIENT
  std::string_view policy;    // forgot-per-client: part of RateLimit fields and of the limiter's hashed keys
  std::string_view fallback;  // 20/60
};
const LimitName& limit_name(Limit limit);

inline constexpr std::size_t kMaxLimiterObjects = 256;

// Whether Strict-Transport-Security also covers the host's subdomains. Not by default: some may be served over http.
enum class HstsSubdomains : std::uint8_t { kLeftOut, kIncluded };

struct LoadedSettings;

struct Asset {
  std::string_view path;
  std::string_view type;
};

class Settings {
 public:
  // In: the message of rekey_configure; its texts are copied.
  static LoadedSettings load(Bytes message);

  KeyRing token_keys;
  KeyRing origin_keys;
  std::optional<KeyRing> metrics_keys;  // without them the edge shows no metrics
  PlainHttp plain_http = PlainHttp::kRefuse;
  std::vector<OriginAddress> origins;  // 1 to kMaxOrigins
  std::string frontend_url;
  std::string product_name;
  std::string auth_prefix;
  std::string allowed_origins;  // with commas; "" where calls of other origins are refused
  std::string login_url;        // "" where pages link to no log-in; only without ours another site's
  std::string ios_app_ids;      // as app_links.h writes them; "" for none
  std::string android_statements;
  FeatureSet features = FeatureSet::kAll;
  Recovery recovery = Recovery::kOn;
  std::string client_ip_header;  // lower case
  std::size_t password_min_length = 0;
  PasswordFormat password_format = PasswordFormat::kArgon2id;
  std::uint32_t session_seconds = 0;
  std::uint32_t hsts_seconds = 0;
  HstsSubdomains hsts_subdomains = HstsSubdomains::kLeftOut;
  std::size_t limiter_objects = 0;  // 1 to kMaxLimiterObjects
  std::array<RateLimit, kLimitCount> limits{};
  std::vector<std::string> languages;
  std::vector<std::string> asset_paths;
  std::vector<std::string> asset_types;

  const RateLimit& limit(Limit which) const { return limits[static_cast<std::size_t>(which)]; }
  Url frontend() const { return *Url::parse(frontend_url); }
  // Returns: the asset, or nothing.
  std::optional<Asset> find_asset(std::string_view path) const;
  // Out: what the host fills into pages and documents; a section `{{#name}}` stays where its text is not empty.
  void write_fills(MessageWriter& out) const;

 private:
  Settings(const KeyRing& tokens, const KeyRing& origin) : token_keys(tokens), origin_keys(origin) {}
};

struct LoadedSettings {
  std::optional<Settings> settings;
  std::string_view invalid;  // the name of the invalid setting, if there are no settings
};

}  // namespace rekey::edge
