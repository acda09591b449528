#include "origin/settings/settings.h"

#include <algorithm>
#include <thread>

#include "origin/settings/settings_checks.h"
#include "origin/settings/settings_reader.h"
#include "shared/password_policy.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxProductName = 60;  // it stands in subject lines

std::size_t read_hash_parallel(SettingsReader& reader) {
  if (reader.has("HASH_PARALLEL")) return reader.number("HASH_PARALLEL", {1, 256});
  return std::max(1U, std::thread::hardware_concurrency());
}

Argon2Parameters read_argon2(SettingsReader& reader) {
  Argon2Parameters parameters;
  parameters.memory_kib = static_cast<std::uint32_t>(reader.number("ARGON2_MEMORY_KIB", {7'168, kMostMemoryKib}));
  parameters.passes = static_cast<std::uint32_t>(reader.number("ARGON2_PASSES", {1, kMostPasses}));
  parameters.lanes = static_cast<std::uint32_t>(reader.number("ARGON2_LANES", {1, kMostLanes}));
  return parameters;
}

std::string read_product_name(SettingsReader& reader) {
  auto name = reader.text("PRODUCT_NAME");
  if (name.size() > kMaxProductName) reader.refuse("PRODUCT_NAME", "must not be longer than 60 bytes");
  return name;
}

void read_numbers(SettingsReader& reader, ServiceSettings& settings) {
  settings.database_pool_size = reader.number("DATABASE_POOL_SIZE", {2, 500});
  settings.worker_threads = reader.number("WORKER_THREADS", {1, 1'024});
  settings.session_lifetime = std::chrono::minutes(reader.number("ACCESS_TOKEN_EXPIRE_MINUTES", {1, 720}));
  settings.password_min_length = reader.number("PASSWORD_MIN_LENGTH", {kDefaultPasswordMinLength, kMaxPasswordMinLength});
  settings.mail_senders = reader.number("MAIL_SENDERS", {1, 64});
  settings.mail_cadence = std::chrono::milliseconds(reader.number("MAIL_CADENCE_MS", {10, 5000}));
  settings.hash_parallel = read_hash_parallel(reader);
  settings.argon2 = read_argon2(reader);
}

void read_words(SettingsReader& reader, ServiceSettings& settings) {
  constexpr LogLevel kLevels[] = {LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError};
  settings.log_level = kLevels[reader.choice("LOG_LEVEL", {"info", "warning", "error"})];
  settings.registration = reader.choice("REGISTRATION", {"off", "on"}) == 1 ? Registration::kOn : Registration::kOff;
  settings.product_name = read_product_name(reader);
  settings.templates_dir = reader.text("TEMPLATES_DIR");
}

void read_mail(SettingsReader& reader, ServiceSettings& settings) {
  settings.reset_lifetime = read_reset_lifetime(reader);
  settings.frontend_url = read_frontend_url(reader);
  settings.relay = read_relay(reader);
  settings.mail_contact = reader.text("MAIL_CONTACT");
  const auto limits = read_mail_limits(reader);
  settings.mail_limit_short = limits.over_short;
  settings.mail_limit_long = limits.over_long;
}

ServiceSettings read_service(SettingsReader& reader) {
  ServiceSettings settings;
  read_numbers(reader, settings);
  read_words(reader, settings);
  read_mail(reader, settings);
  return settings;
}

}  // namespace

std::optional<Settings> interpret_settings(SettingTexts& texts) {
  SettingsReader reader(texts);
  const SecretText database_url(reader.required("DATABASE_URL"));
  const auto origin_listen = read_listen_address(reader, "ORIGIN_LISTEN");
  const auto ops_listen = read_listen_address(reader, "OPS_LISTEN");
  const auto edge_keys = read_keys(reader, "EDGE_ORIGIN_KEYS");
  const auto token_keys = read_keys(reader, "RESET_PASSWORD_TOKEN_SECRET");
  const auto seed = read_seed_secret(reader);
  if (edge_keys && token_keys) refuse_equal_secrets(reader, *edge_keys, *token_keys, seed);
  auto service = read_service(reader);
  if (!texts.problems.empty()) return std::nullopt;
  return Settings{std::move(service), database_url, *origin_listen, *ops_listen, *edge_keys, *token_keys, seed};
}

}  // namespace rekey
