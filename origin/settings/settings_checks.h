// The settings that need more than a number or a word: keys, addresses, limits, and pairs that must agree.
// Used by settings.cpp alone. Each adds what is wrong to the reader's problems and then returns nothing, or a harmless value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "origin/http/listen_address.h"
#include "origin/mail/curl_mailer.h"
#include "origin/settings/settings_reader.h"
#include "origin/settings/settings_secret.h"
#include "shared/key_ring.h"
#include "shared/rate_limit.h"

namespace rekey {

std::optional<ListenAddress> read_listen_address(SettingsReader& reader, std::string_view name);
std::optional<KeyRing> read_keys(SettingsReader& reader, std::string_view name);
SecretText read_seed_secret(SettingsReader& reader);

// Why: who holds one of the three could else do what is reserved to who holds another.
void refuse_equal_secrets(SettingsReader& reader, const KeyRing& edge_origin, const KeyRing& tokens, const SecretText& seed);

// RESET_PASSWORD_TOKEN_LIFETIME_SECONDS, or RESET_TOKEN_EXPIRE_MINUTES.
std::chrono::seconds read_reset_lifetime(SettingsReader& reader);

// `https://host[:port]`, or `http` for this machine; a slash at the end is taken off.
std::string read_frontend_url(SettingsReader& reader);

// MAIL_SERVER to MAIL_FROM.
RelaySettings read_relay(SettingsReader& reader);

struct MailLimits {
  RateLimit over_short;
  RateLimit over_long;
};
MailLimits read_mail_limits(SettingsReader& reader);

}  // namespace rekey
