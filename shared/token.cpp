#include "shared/token.h"

#include <algorithm>

#include "shared/codec/encoding.h"

namespace rekey {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kVersionAt = 0;
constexpr std::size_t kKeyIdAt = 1;
constexpr std::size_t kExpiryAt = 2;
constexpr std::size_t kRandomAt = 6;
constexpr std::size_t kTagAt = 38;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kTokenSize = kTagAt + kTagSize;
static_assert(kTokenSize * 4 == kTokenTextSize * 3, "no padding and no spare bits");

using TokenBytes = ByteArray<kTokenSize>;

std::string_view name_of(TokenPurpose purpose) {
  switch (purpose) {
    case TokenPurpose::kReset:
      return "rekey reset v1";
    case TokenPurpose::kSession:
      return "rekey session v1";
    case TokenPurpose::kRecovery:
      return "rekey recovery v1";
    case TokenPurpose::kDevice:
      return "rekey device v1";
  }
  __builtin_trap();
}

ByteArray<kTagSize> make_tag(const MacKey& key, TokenPurpose purpose, const TokenBytes& token) {
  const ByteArray<1> separator{0};
  const Sha256Digest mac = hmac_sha256(key.bytes(), {as_bytes(name_of(purpose)), separator, Bytes(token).first(kTagAt)});
  ByteArray<kTagSize> tag;
  std::copy_n(mac.begin(), kTagSize, tag.begin());
  return tag;
}

void write_expiry(TokenBytes& token, UnixSeconds expires_at) {
  for (std::size_t i = 0; i < 4; ++i) token[kExpiryAt + i] = static_cast<std::uint8_t>(expires_at >> (24 - 8 * i));
}

UnixSeconds read_expiry(const TokenBytes& token) {
  UnixSeconds expires_at = 0;
  for (std::size_t i = 0; i < 4; ++i) expires_at = (expires_at << 8) | token[kExpiryAt + i];
  return expires_at;
}

TokenChain read_chain(const TokenBytes& token) {
  TokenChain chain;
  std::copy_n(token.begin() + kRandomAt, kTokenChainSize, chain.begin());
  return chain;
}

Result<TokenBytes> read_token(std::string_view text) {
  TokenBytes token;
  if (text.size() != kTokenTextSize) return Error::kTokenMalformed;
  if (from_base64url(text, token) != Error::kNone) return Error::kTokenMalformed;
  if (token[kVersionAt] != kVersion) return Error::kTokenMalformed;
  return token;
}

TokenText write_token(const TokenBytes& token) {
  std::string encoded = to_base64url(token);
  std::array<char, kTokenTextSize> text;
  std::copy_n(encoded.begin(), kTokenTextSize, text.begin());
  wipe({reinterpret_cast<std::uint8_t*>(encoded.data()), encoded.size()});
  return TokenText(text);
}

}  // namespace

TokenText::~TokenText() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

TokenHash TokenText::hash() const { return sha256({as_bytes(reveal())}); }

TokenText mint_token(const MacKey& key, TokenPurpose purpose, UnixSeconds expires_at, const TokenRandom& random) {
  TokenBytes token;
  token[kVersionAt] = kVersion;
  token[kKeyIdAt] = key.id;
  write_expiry(token, expires_at);
  std::copy(random.begin(), random.end(), token.begin() + kRandomAt);
  const auto tag = make_tag(key, purpose, token);
  std::copy(tag.begin(), tag.end(), token.begin() + kTagAt);
  return write_token(token);
}

Result<VerifiedToken> verify_token(const KeyRing& keys, TokenPurpose purpose, std::string_view text, UnixSeconds now) {
  const auto token = read_token(text);
  if (!token) return token.error();
  const MacKey* key = keys.find((*token)[kKeyIdAt]);
  if (key == nullptr) return Error::kTokenForged;
  if (!equal_in_constant_time(make_tag(*key, purpose, *token), Bytes(*token).subspan(kTagAt))) return Error::kTokenForged;
  const UnixSeconds expires_at = read_expiry(*token);
  if (now >= expires_at) return Error::kTokenExpired;
  return VerifiedToken{sha256({as_bytes(text)}), expires_at, key->id, read_chain(*token)};
}

TokenRandom continue_chain(const TokenChain& chain, const TokenRandom& fresh) {
  TokenRandom random = fresh;
  std::copy(chain.begin(), chain.end(), random.begin());
  return random;
}

Result<UnixSeconds> read_token_expiry(std::string_view text) {
  const auto token = read_token(text);
  if (!token) return token.error();
  return read_expiry(*token);
}

TokenRandom derive_token_random(Bytes seed_secret, const ByteArray<32>& seed) {
  const ByteArray<1> separator{0};
  return hmac_sha256(seed_secret, {as_bytes("rekey seed v1"), separator, seed});
}

}  // namespace rekey
