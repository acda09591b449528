#include "shared/recovery_code.h"

#include <algorithm>

namespace rekey {
namespace {

constexpr std::string_view kDerivation = "rekey code v1";
constexpr std::string_view kPrint = "rekey code print v1";

// The largest multiple of the codes' number in 32 bits: a number above it would make the lower codes more likely.
constexpr std::uint32_t kFairNumbers = 42 * kCodeCount;

std::uint32_t draw(Bytes seed_secret, const ByteArray<32>& seed, std::uint8_t counter) {
  const ByteArray<1> separator{0};
  const ByteArray<1> count{counter};
  auto mac = hmac_sha256(seed_secret, {as_bytes(kDerivation), separator, seed, count});
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | mac[i];
  wipe(mac);
  return number;
}

constexpr std::size_t kRequestAt = 8;  // the token's first 6 bytes are 8 characters
constexpr std::size_t kRequestIdSize = 22;

}  // namespace

RecoveryCode::~RecoveryCode() { wipe({reinterpret_cast<std::uint8_t*>(digits_.data()), digits_.size()}); }

Result<RecoveryCode> RecoveryCode::parse(std::string_view typed) {
  RecoveryCode code;
  std::size_t count = 0;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9' || count == kCodeDigits) return Error::kTokenMalformed;
    code.digits_[count++] = c;
  }
  if (count != kCodeDigits) return Error::kTokenMalformed;
  return code;
}

RecoveryCode RecoveryCode::derive(Bytes seed_secret, const ByteArray<32>& seed) {
  std::uint8_t counter = 0;
  std::uint32_t number = draw(seed_secret, seed, counter);
  while (number >= kFairNumbers) number = draw(seed_secret, seed, ++counter);
  RecoveryCode code;
  for (std::size_t i = kCodeDigits; i > 0; number /= 10) code.digits_[--i] = static_cast<char>('0' + number % 10);
  return code;
}

KeyFingerprints RecoveryCode::prints(const KeyRing& keys, std::string_view request_id) const {
  std::string message(request_id);
  message.append(reveal());
  auto prints = KeyFingerprints::of(keys, message, kPrint);
  wipe({reinterpret_cast<std::uint8_t*>(message.data()), message.size()});
  return prints;
}

TokenText mint_recovery_id(const MacKey& key, Bytes request, UnixSeconds expires_at) {
  TokenRandom random{};
  std::copy(request.begin(), request.end(), random.begin());
  return mint_token(key, TokenPurpose::kRecovery, expires_at, random);
}

// Zeros follow the request's bytes, so its characters are those of its id alone.
Result<std::string_view> read_recovery_id(const KeyRing& keys, std::string_view text, UnixSeconds now) {
  const auto token = verify_token(keys, TokenPurpose::kRecovery, text, now);
  if (!token) return token.error();
  return text.substr(kRequestAt, kRequestIdSize);
}

}  // namespace rekey
