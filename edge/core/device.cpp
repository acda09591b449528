#include "edge/core/device.h"

#include <algorithm>

#include "edge/core/cookie.h"
#include "shared/codec/encoding.h"

namespace rekey::edge {
namespace {

constexpr std::string_view kCookieName = "__Host-rekey-device";
constexpr std::string_view kDerivation = "rekey device of v1";

Result<VerifiedToken> read_device(const Context& context) {
  const auto& t = context.transcript;
  auto text = t.header(kDeviceHeader);
  if (text.empty()) text = find_cookie(t.header("cookie"), kCookieName).value_or("");
  return verify_token(context.settings.token_keys, TokenPurpose::kDevice, text, t.now_seconds());
}

TokenRandom random_of(const MacKey& key, std::string_view account) {
  const ByteArray<1> separator{0};
  return hmac_sha256(key.bytes(), {as_bytes(kDerivation), separator, as_bytes(account)});
}

// Browsers send one of them with every POST. Their scripts must not read the id.
bool is_browser(const Transcript& transcript) {
  return !transcript.header("sec-fetch-site").empty() || !transcript.header("origin").empty();
}

}  // namespace

std::string device_key(const Context& context) {
  const auto device = read_device(context);
  return device ? to_hex(device->chain) : std::string();
}

// By the key that made the id: a rotation would otherwise make strangers of all devices.
std::string device_key_of(const Context& context, std::string_view account) {
  const auto device = read_device(context);
  if (!device) return {};
  const auto expected = random_of(*context.settings.token_keys.find(device->key_id), account);
  return std::equal(device->chain.begin(), device->chain.end(), expected.begin()) ? to_hex(device->chain) : std::string();
}

void hand_out_device(const Context& context, std::string_view account, Answer& answer) {
  if (account.empty()) return;
  const auto& key = context.settings.token_keys.signing_key();
  const auto expires_at = context.transcript.now_seconds() + kDeviceSeconds;
  const auto id = mint_token(key, TokenPurpose::kDevice, expires_at, random_of(key, account));
  if (is_browser(context.transcript))
    answer.headers.push_back(make_cookie(kCookieName, id.reveal(), kDeviceSeconds));
  else
    add_header(answer.headers, kDeviceHeader, id.reveal());
}

}  // namespace rekey::edge
