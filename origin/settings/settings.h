// The origin's settings, validated as a whole before anything starts. Read by main; each part is handed what is its own.
// Names, defaults and descriptions: settings_table.h.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "origin/http/listen_address.h"
#include "origin/mail/curl_mailer.h"
#include "origin/passwords/argon2_hasher.h"
#include "origin/settings/settings_secret.h"
#include "origin/settings/settings_source.h"
#include "origin/system/json_log.h"
#include "origin/use_cases/register_user.h"
#include "shared/key_ring.h"
#include "shared/rate_limit.h"

namespace rekey {

struct ServiceSettings {
  std::size_t database_pool_size = 0;
  std::size_t worker_threads = 0;

  std::chrono::seconds reset_lifetime{0};
  std::chrono::seconds session_lifetime{0};
  Registration registration = Registration::kOff;
  std::size_t password_min_length = 0;
  Argon2Parameters argon2;
  std::size_t hash_parallel = 0;

  std::string frontend_url;  // without a slash at its end
  std::string product_name;
  std::string templates_dir;  // "" for the one the program was built from
  RelaySettings relay;
  std::string mail_contact;  // "" for none
  std::size_t mail_senders = 0;
  std::chrono::milliseconds mail_cadence{0};
  RateLimit mail_limit_short;
  RateLimit mail_limit_long;

  LogLevel log_level = LogLevel::kInfo;
};

struct Settings : ServiceSettings {
  SecretText database_url;
  ListenAddress origin_listen;
  ListenAddress ops_listen;
  KeyRing edge_origin_keys;
  KeyRing token_keys;
  SecretText seed_secret;  // bytes, not their coding
};

// Returns: the settings, or nothing, with what is wrong appended to `texts.problems`: each names the variable, none quotes a
// value.
std::optional<Settings> interpret_settings(SettingTexts& texts);

}  // namespace rekey
