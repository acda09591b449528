// The origin's settings, validated as a whole before anything starts. main reads them; origin.cpp gives each part its own.
// Names, defaults and descriptions: settings_source.h.
#pragma once

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "origin/http/listen_address.h"
#include "origin/mail/curl_mailer.h"
#include "origin/passwords/password_format.h"
#include "origin/ports/event_log.h"
#include "origin/ports/first_password.h"
#include "origin/settings/settings_source.h"
#include "origin/use_cases/register_user.h"
#include "origin/webhooks/webhook_settings.h"
#include "shared/codec/bytes.h"
#include "shared/feature_set.h"
#include "shared/key_ring.h"
#include "shared/rate_limit.h"
#include "templates/brand/brand.h"

namespace rekey {

// A setting that contradicts what the database holds, found only at the start. The text names it.
class WrongSetting : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A secret text: no operator<<, wiped when destroyed.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(const SecretText&) = default;
  SecretText& operator=(const SecretText&) = default;
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

struct ServiceSettings {
  std::size_t database_pool_size = 0;
  std::chrono::seconds database_connect{0};
  std::chrono::milliseconds database_wait{0};       // for a connection of the pool
  std::chrono::milliseconds database_statement{0};  // for a statement
  std::size_t worker_threads = 0;

  std::chrono::seconds reset_lifetime{0};
  std::chrono::seconds session_lifetime{0};
  std::chrono::seconds session_longest{0};  // from the log-in to the end of the last renewal
  FeatureSet features = FeatureSet::kAll;
  Recovery recovery = Recovery::kOn;
  Registration registration = Registration::kOff;
  std::size_t password_min_length = 0;
  FirstPassword first_password = FirstPassword::kRefused;
  std::string sign_in_hint;  // "" for none
  PasswordFormatSettings password_format;
  std::size_t hash_parallel = 0;

  std::string frontend_url;     // without a slash at its end
  std::string reset_page_url;   // without a fragment; "" for our own page
  std::string app_link_scheme;  // without its colon; "" for none
  std::string product_name;
  std::filesystem::path templates_dir;
  Brand brand;
  RelaySettings relay;
  std::optional<RelaySettings> fallback_relay;
  std::string mail_contact;  // "" for none
  std::size_t mail_senders = 0;
  std::chrono::milliseconds mail_cadence{0};
  RateLimit mail_limit_short;
  RateLimit mail_limit_long;
  std::uint32_t mail_limit_total = 0;         // an hour; 0 for none
  std::uint32_t code_misses_a_day = 0;        // of the installation; 0 for mails without a code
  std::optional<WebhookTarget> mail_webhook;  // instead of the relays

  std::vector<WebhookTarget> webhooks;
  std::vector<std::string> webhook_events;
  std::chrono::seconds webhooks_keep{0};  // those that were not delivered

  std::chrono::seconds requests_keep{0};  // after their end
  std::chrono::seconds sessions_keep{0};  // after their end
  std::chrono::seconds audit_keep{0};

  std::string origin_name;
  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;  // "" for standard error
};

struct Settings : ServiceSettings {
  SecretText database_url;
  ListenAddress origin_listen;
  ListenAddress ops_listen;
  KeyRing edge_origin_keys;
  KeyRing token_keys;
  SecretText seed_secret;  // decoded bytes
};

// In: `spared` names required settings that may be missing: a program with its own store needs no DATABASE_URL.
// Returns: the settings, or nothing, with the problems appended to `texts.problems`: each names the variable, none quotes a
// value.
std::optional<Settings> interpret_settings(SettingTexts& texts, std::initializer_list<std::string_view> spared = {});

// Some of them, for a program that needs no others.
FeatureSet read_feature_set(SettingsReader& reader);
std::string read_reset_page_url(SettingsReader& reader);
std::string read_app_link_scheme(SettingsReader& reader);

}  // namespace rekey
