#include "origin/settings/settings_checks.h"

#include <algorithm>
#include <vector>

#include "shared/codec/encoding.h"
#include "shared/email_address.h"
#include "shared/url.h"

namespace rekey {
namespace {

constexpr std::uint64_t kLeastResetLifetime = 60;    // less, and greylisting alone would outlast it
constexpr std::uint64_t kMostResetLifetime = 3'600;  // the schema's CHECK holds it, too

MailTls read_tls(SettingsReader& reader) {
  constexpr MailTls kTls[] = {MailTls::kStartTls, MailTls::kImplicit, MailTls::kNone};
  const auto tls = kTls[reader.choice("MAIL_TLS", {"starttls", "implicit", "none"})];
  if (!reader.has("MAIL_USE_TLS")) return tls;
  const bool used = reader.choice("MAIL_USE_TLS", {"true", "false"}) == 0;
  if (!reader.was_chosen("MAIL_TLS")) return used ? MailTls::kStartTls : MailTls::kNone;
  if (used == (tls == MailTls::kNone)) reader.refuse("MAIL_USE_TLS", "contradicts MAIL_TLS");
  return tls;
}

void check_log_in(SettingsReader& reader, const RelaySettings& relay) {
  if (relay.username.empty() != relay.password.empty()) reader.refuse("MAIL_PASSWORD", "and MAIL_USERNAME must be set together");
  if (!relay.password.empty() && relay.tls == MailTls::kNone)
    reader.refuse("MAIL_TLS", "must not be none where MAIL_PASSWORD is set");
}

}  // namespace

std::optional<ListenAddress> read_listen_address(SettingsReader& reader, std::string_view name) {
  auto address = ListenAddress::parse(reader.text(name));
  if (!address) reader.refuse(name, "must be an IP address and a port, as 127.0.0.1:8080 or [::1]:8080");
  return address;
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

void refuse_equal_secrets(SettingsReader& reader, const KeyRing& edge_origin, const KeyRing& tokens, const SecretText& seed) {
  const auto refuse = [&reader](std::string_view name, const std::string& other) {
    reader.refuse(name, "must not share a key with " + other);
  };
  const auto seed_key = as_bytes(seed.reveal());
  if (edge_origin.shares_a_key_with(tokens)) refuse("EDGE_ORIGIN_KEYS", "RESET_PASSWORD_TOKEN_SECRET");
  if (tokens.holds(seed_key)) refuse("SEED_SECRET", "RESET_PASSWORD_TOKEN_SECRET");
  if (edge_origin.holds(seed_key)) refuse("SEED_SECRET", "EDGE_ORIGIN_KEYS");
}

std::chrono::seconds read_reset_lifetime(SettingsReader& reader) {
  constexpr std::string_view kSeconds = "RESET_PASSWORD_TOKEN_LIFETIME_SECONDS";
  constexpr std::string_view kMinutes = "RESET_TOKEN_EXPIRE_MINUTES";
  const auto seconds = reader.number(kSeconds, {kLeastResetLifetime, kMostResetLifetime});
  if (!reader.has(kMinutes)) return std::chrono::seconds(seconds);
  const auto from_minutes = reader.number(kMinutes, {kLeastResetLifetime / 60, kMostResetLifetime / 60}) * 60;
  if (reader.was_chosen(kSeconds) && from_minutes != seconds) reader.refuse(kMinutes, "contradicts " + std::string(kSeconds));
  return std::chrono::seconds(from_minutes);
}

std::string read_frontend_url(SettingsReader& reader) {
  auto url = reader.required("FRONTEND_URL");
  if (!url.empty() && !parse_frontend_url(url)) {
    reader.refuse("FRONTEND_URL", "must be https://host with at most a port and no path; http only for this machine");
  }
  if (url.ends_with('/')) url.pop_back();
  return url;
}

RelaySettings read_relay(SettingsReader& reader) {
  RelaySettings relay;
  relay.server = reader.required("MAIL_SERVER");
  relay.port = static_cast<std::uint16_t>(reader.number("MAIL_PORT", {1, 65'535}));
  relay.tls = read_tls(reader);
  relay.username = reader.text("MAIL_USERNAME");
  relay.password = reader.text("MAIL_PASSWORD");
  relay.ca_file = reader.text("MAIL_CA_FILE");
  relay.from_address = reader.required("MAIL_FROM");
  relay.from_name = reader.text("PRODUCT_NAME");
  if (!relay.from_address.empty() && !EmailAddress::parse(relay.from_address))
    reader.refuse("MAIL_FROM", "must be a mail address");
  check_log_in(reader, relay);
  return relay;
}

MailLimits read_mail_limits(SettingsReader& reader) {
  constexpr std::string_view kName = "MAIL_LIMIT_PER_ACCOUNT";
  const auto text = reader.text(kName);
  const auto comma = std::min(text.find(','), text.size());
  const auto first = RateLimit::parse(std::string_view(text).substr(0, comma));
  const auto second = RateLimit::parse(std::string_view(text).substr(std::min(comma + 1, text.size())));
  if (first && second && first->period_seconds < second->period_seconds) return {*first, *second};
  reader.refuse(kName, "must be two limits, the shorter first, as 1/60,5/3600");
  return {};
}

}  // namespace rekey
