#include "origin/settings/settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "origin/settings/brand_setting.h"
#include "origin/settings/relay_setting.h"
#include "origin/settings/webhook_setting.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/password_policy.h"
#include "shared/url.h"

namespace rekey {
namespace {

constexpr std::uint64_t kLeastResetLifetime = 60;    // greylisting alone outlasts a shorter one
constexpr std::uint64_t kMostResetLifetime = 3'600;  // the schema has a CHECK for it, too

std::optional<ListenAddress> read_listen_address(SettingsReader& reader, std::string_view name) {
  auto address = ListenAddress::parse(reader.text(name));
  if (!address) reader.refuse(name, "must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080");
  return address;
}

constexpr std::size_t kMaxOriginName = 64;  // it is in every line of the log

std::string name_of_machine() {
  std::array<char, kMaxOriginName - 5> name{};  // leaves room for a port
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string read_origin_name(SettingsReader& reader, const std::optional<ListenAddress>& listen) {
  auto name = reader.text("ORIGIN_NAME");
  if (name.empty() && listen) return name_of_machine() + ":" + std::to_string(listen->port());
  if (name.size() > kMaxOriginName || !is_visible_ascii(name))
    reader.refuse("ORIGIN_NAME", "must have at most 64 ASCII characters, none of them a space");
  return name;
}

std::optional<KeyRing> read_keys(SettingsReader& reader, std::string_view name) {
  const SecretText text(reader.required(name));
  if (text.empty()) return std::nullopt;
  auto ring = KeyRing::parse(text.reveal());
  if (ring) return std::move(ring).value();
  reader.refuse(name, "must be a list id:base64url,... of 1 to 8 keys of 32 to 64 bytes, ids 1 to 255");
  return std::nullopt;
}

SecretText read_seed_secret(SettingsReader& reader) {
  const SecretText text(reader.required("SEED_SECRET"));
  if (text.empty()) return {};
  std::string bytes(base64url_decoded_size(text.reveal().size()).value_or(0), '\0');
  const bool long_enough = bytes.size() >= kMinKeySize && bytes.size() <= kMaxKeySize;
  const MutableBytes out(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size());
  if (long_enough && from_base64url(text.reveal(), out) == Error::kNone) return SecretText(std::move(bytes));
  reader.refuse("SEED_SECRET", "must be base64url of 32 to 64 bytes");
  return {};
}

// Why: with a shared key, a holder of one secret could do what only holders of another may.
void refuse_equal_secrets(SettingsReader& reader, const KeyRing& edge_origin, const KeyRing& tokens, const SecretText& seed) {
  const auto refuse = [&reader](std::string_view name, const std::string& other) {
    reader.refuse(name, "must not share a key with " + other);
  };
  const auto seed_key = as_bytes(seed.reveal());
  if (edge_origin.shares_a_key_with(tokens)) refuse("EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET");
  if (tokens.holds(seed_key)) refuse("SEED_SECRET", "RESET_PASSWORD_TOKEN_SECRET");
  if (edge_origin.holds(seed_key)) refuse("SEED_SECRET", "EDGE_ORIGIN_KEYS");
}

// RESET_PASSWORD_TOKEN_LIFETIME_SECONDS, or RESET_TOKEN_EXPIRE_MINUTES.
std::chrono::seconds read_reset_lifetime(SettingsReader& reader) {
  constexpr std::string_view kSeconds = "RESET_PASSWORD_TOKEN_LIFETIME_SECONDS";
  constexpr std::string_view kMinutes = "RESET_TOKEN_EXPIRE_MINUTES";
  const auto seconds = reader.number(kSeconds, {kLeastResetLifetime, kMostResetLifetime});
  if (!reader.has(kMinutes)) return std::chrono::seconds(seconds);
  const auto from_minutes = reader.number(kMinutes, {kLeastResetLifetime / 60, kMostResetLifetime / 60}) * 60;
  if (reader.was_chosen(kSeconds) && from_minutes != seconds)
    reader.refuse(kMinutes, "contradicts " + std::string(kSeconds) + ": set only one of them");
  return std::chrono::seconds(from_minutes);
}

// Removes a slash at the end.
std::string read_frontend_url(SettingsReader& reader) {
  auto url = reader.required("FRONTEND_URL");
  if (!url.empty() && !parse_frontend_url(url)) {
    reader.refuse("FRONTEND_URL", "must be https://host with at most a port and no path; http only for this machine");
  }
  if (url.ends_with('/')) url.pop_back();
  return url;
}

struct MailLimits {
  RateLimit over_short;
  RateLimit over_long;
};

MailLimits read_mail_limits(SettingsReader& reader) {
  constexpr std::string_view kName = "MAIL_LIMIT_PER_ACCOUNT";
  const auto text = reader.text(kName);
  const auto comma = std::min(text.find(','), text.size());
  const auto first = RateLimit::parse(std::string_view(text).substr(0, comma));
  const auto second = RateLimit::parse(std::string_view(text).substr(std::min(comma + 1, text.size())));
  if (first && second && first->period_seconds < second->period_seconds) return {*first, *second};
  reader.refuse(kName, "must be two limits, the shorter period first, such as 1/60,5/3600");
  return {};
}

constexpr std::uint64_t kMostMailsAnHour = 10'000'000;

std::uint32_t read_mail_limit_total(SettingsReader& reader) {
  if (!reader.has("MAIL_LIMIT_TOTAL")) return 0;
  return static_cast<std::uint32_t>(reader.number("MAIL_LIMIT_TOTAL", {1, kMostMailsAnHour}));
}

constexpr std::uint64_t kMostCodeMisses = 100'000;  // a thousandth of all codes a day: a guess succeeds every three years

constexpr std::size_t kMaxProductName = 60;  // part of subject lines
constexpr std::size_t kMaxPageUrl = 500;     // with the token, a link that mail programs don't cut
constexpr std::size_t kMaxScheme = 100;

std::size_t read_hash_parallel(SettingsReader& reader) {
  if (reader.has("HASH_PARALLEL")) return reader.number("HASH_PARALLEL", {1, 256});
  return std::max(1U, std::thread::hardware_concurrency());
}

constexpr std::uint32_t kLeastBcryptCost = 10;             // OWASP
constexpr std::uint32_t kLeastPbkdf2Iterations = 100'000;  // .NET's default

Argon2Parameters read_argon2(SettingsReader& reader) {
  Argon2Parameters parameters;
  parameters.memory_kib = static_cast<std::uint32_t>(reader.number("ARGON2_MEMORY_KIB", {7'168, kMostMemoryKib}));
  parameters.passes = static_cast<std::uint32_t>(reader.number("ARGON2_PASSES", {1, kMostPasses}));
  parameters.lanes = static_cast<std::uint32_t>(reader.number("ARGON2_LANES", {1, kMostLanes}));
  if (parameters.memory_kib * parameters.passes > kMostArgon2Work)
    reader.refuse("ARGON2_PASSES", "times ARGON2_MEMORY_KIB must be at most " + std::to_string(kMostArgon2Work));
  return parameters;
}

PasswordFormatSettings read_password_format(SettingsReader& reader) {
  PasswordFormatSettings settings;
  settings.format = static_cast<PasswordFormat>(reader.choice("PASSWORD_FORMAT", kPasswordFormatWords));
  settings.argon2 = read_argon2(reader);
  settings.bcrypt_cost = static_cast<std::uint32_t>(reader.number("BCRYPT_COST", {kLeastBcryptCost, kMostBcryptCost}));
  if (settings.format == PasswordFormat::kAspnetV3) settings.pbkdf2_iterations = kIterationsOfSha512;
  if (reader.has("PBKDF2_ITERATIONS"))
    settings.pbkdf2_iterations =
        static_cast<std::uint32_t>(reader.number("PBKDF2_ITERATIONS", {kLeastPbkdf2Iterations, kMostPbkdf2Iterations}));
  return settings;
}

// A brand's name counts for PRODUCT_NAME.
void read_look(SettingsReader& reader, ServiceSettings& settings) {
  settings.templates_dir = read_templates_folder(reader);
  settings.brand = read_brand(reader);
  settings.product_name = read_product_name(reader, settings.brand);
  if (settings.product_name.size() > kMaxProductName) reader.refuse("PRODUCT_NAME", "must have at most 60 bytes");
}

constexpr std::size_t kMaxSignInHint = 120;  // one line of a mail

std::string read_sign_in_hint(SettingsReader& reader) {
  auto hint = reader.text("SIGN_IN_HINT");
  if (hint.size() > kMaxSignInHint) reader.refuse("SIGN_IN_HINT", "must have at most 120 bytes");
  return hint;
}

void read_session_life(SettingsReader& reader, ServiceSettings& settings) {
  settings.session_lifetime = std::chrono::minutes(reader.number("ACCESS_TOKEN_EXPIRE_MINUTES", {1, 720}));
  settings.session_longest = std::chrono::hours(reader.number("SESSION_LONGEST_HOURS", {1, 720}));
  if (settings.session_longest < settings.session_lifetime)
    reader.refuse("SESSION_LONGEST_HOURS", "must not be shorter than ACCESS_TOKEN_EXPIRE_MINUTES");
}

// A request becomes a row of the audit log when it is deleted. Kept for longer than that row, it would leave none.
void read_keeping(SettingsReader& reader, ServiceSettings& settings) {
  settings.requests_keep = std::chrono::hours(reader.number("REQUESTS_KEEP_HOURS", {1, 8'760}));
  settings.sessions_keep = std::chrono::minutes(reader.number("SESSIONS_KEEP_MINUTES", {10, 525'600}));
  settings.audit_keep = std::chrono::days(reader.number("AUDIT_KEEP_DAYS", {1, 3'650}));
  if (settings.requests_keep > settings.audit_keep)
    reader.refuse("REQUESTS_KEEP_HOURS", "must not be longer than AUDIT_KEEP_DAYS");
}

void read_numbers(SettingsReader& reader, ServiceSettings& settings) {
  settings.database_pool_size = reader.number("DATABASE_POOL_SIZE", {2, 500});
  settings.database_connect = std::chrono::seconds(reader.number("DATABASE_CONNECT_SECONDS", {2, 60}));
  settings.database_wait = std::chrono::milliseconds(reader.number("DATABASE_WAIT_MS", {10, 60'000}));
  settings.database_statement = std::chrono::milliseconds(reader.number("DATABASE_STATEMENT_MS", {100, 60'000}));
  settings.worker_threads = reader.number("WORKER_THREADS", {1, 1'024});
  read_session_life(reader, settings);
  settings.password_min_length = reader.number("PASSWORD_MIN_LENGTH", {kDefaultPasswordMinLength, kMaxPasswordMinLength});
  settings.mail_senders = reader.number("MAIL_SENDERS", {1, 64});
  settings.mail_cadence = std::chrono::milliseconds(reader.number("MAIL_CADENCE_MS", {10, 5000}));
  read_keeping(reader, settings);
  settings.hash_parallel = read_hash_parallel(reader);
  settings.password_format = read_password_format(reader);
}

void read_features(SettingsReader& reader, ServiceSettings& settings) {
  constexpr Recovery kSwitch[] = {Recovery::kOn, Recovery::kOff};
  settings.features = read_feature_set(reader);
  settings.recovery = kSwitch[reader.choice("RECOVERY", {recovery_word(kSwitch[0]), recovery_word(kSwitch[1])})];
  settings.registration = reader.choice("REGISTRATION", {"off", "on"}) == 1 ? Registration::kOn : Registration::kOff;
  if (settings.registration == Registration::kOn && settings.features == FeatureSet::kRecovery)
    reader.refuse("REGISTRATION", "must be off if FEATURES is recovery");
}

void read_words(SettingsReader& reader, ServiceSettings& settings) {
  constexpr LogLevel kLevels[] = {LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError};
  settings.log_level = kLevels[reader.choice("LOG_LEVEL", {"info", "warning", "error"})];
  read_features(reader, settings);
  const bool first_password = reader.choice("ALLOW_FIRST_PASSWORD", {"off", "on"}) == 1;
  settings.first_password = first_password ? FirstPassword::kAllowed : FirstPassword::kRefused;
  settings.sign_in_hint = read_sign_in_hint(reader);
  read_look(reader, settings);
  settings.log_file = reader.text("LOG_FILE");
}

void read_mail(SettingsReader& reader, ServiceSettings& settings) {
  const auto sender = read_mail_sender(reader);
  read_webhooks(reader, settings, sender);
  settings.reset_lifetime = read_reset_lifetime(reader);
  settings.frontend_url = read_frontend_url(reader);
  settings.reset_page_url = read_reset_page_url(reader);
  settings.app_link_scheme = read_app_link_scheme(reader);
  settings.relay = read_relay(reader, sender);
  settings.relay.from_name = settings.product_name;
  settings.fallback_relay = read_fallback_relay(reader, sender, settings.relay);
  settings.mail_contact = reader.text("MAIL_CONTACT");
  const auto limits = read_mail_limits(reader);
  settings.mail_limit_short = limits.over_short;
  settings.mail_limit_long = limits.over_long;
  settings.mail_limit_total = read_mail_limit_total(reader);
  settings.code_misses_a_day = static_cast<std::uint32_t>(reader.number("CODE_MISSES_A_DAY", {0, kMostCodeMisses}));
}

ServiceSettings read_service(SettingsReader& reader) {
  ServiceSettings settings;
  read_numbers(reader, settings);
  read_words(reader, settings);
  read_mail(reader, settings);
  return settings;
}

}  // namespace

FeatureSet read_feature_set(SettingsReader& reader) {
  constexpr FeatureSet kSets[] = {FeatureSet::kAll, FeatureSet::kRecovery};
  return kSets[reader.choice("FEATURES", {feature_set_word(kSets[0]), feature_set_word(kSets[1])})];
}

// The token becomes the fragment. A text mail has the URL bare.
std::string read_reset_page_url(SettingsReader& reader) {
  auto url = reader.text("RESET_PAGE_URL");
  if (url.empty()) return url;
  if (!parse_page_url(url) || !is_uri_text(url) || url.find('#') != std::string::npos) {
    reader.refuse("RESET_PAGE_URL",
                  "must be https://host with any path of a URI's characters, and no fragment; http only for this machine");
  }
  if (url.size() > kMaxPageUrl) reader.refuse("RESET_PAGE_URL", "must have at most 500 characters");
  return url;
}

// RFC 8252, section 7.1: a scheme of an application's own is a domain name of its maker's, backwards. So it has a dot, which no
// scheme has that means something to browsers: http, javascript, data, file, intent.
std::string read_app_link_scheme(SettingsReader& reader) {
  auto scheme = reader.text("APP_LINK_SCHEME");
  if (scheme.empty()) return scheme;
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
  const bool is_name = is_lower(scheme[0]) && scheme.find_first_not_of(kCharacters) == std::string::npos;
  const bool has_labels =
      scheme.find('.') != std::string::npos && scheme.find("..") == std::string::npos && !scheme.ends_with('.');
  if (!is_name || !has_labels || scheme.size() > kMaxScheme) {
    reader.refuse("APP_LINK_SCHEME", "must be a domain name of yours backwards, in lower case, such as com.example.app");
  }
  return scheme;
}

std::optional<Settings> interpret_settings(SettingTexts& texts, std::initializer_list<std::string_view> spared) {
  SettingsReader reader(texts, spared);
  const SecretText database_url(reader.required("DATABASE_URL"));
  const auto origin_listen = read_listen_address(reader, "ORIGIN_LISTEN");
  const auto ops_listen = read_listen_address(reader, "OPS_LISTEN");
  const auto edge_keys = read_keys(reader, "EDGE_ORIGIN_KEYS");
  const auto token_keys = read_keys(reader, "RESET_PASSWORD_TOKEN_SECRET");
  const auto seed = read_seed_secret(reader);
  if (edge_keys && token_keys) refuse_equal_secrets(reader, *edge_keys, *token_keys, seed);
  auto service = read_service(reader);
  service.origin_name = read_origin_name(reader, origin_listen);
  if (!texts.problems.empty()) return std::nullopt;
  return Settings{std::move(service), database_url, *origin_listen, *ops_listen, *edge_keys, *token_keys, seed};
}

}  // namespace rekey
