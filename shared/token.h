// The token of a reset link, a session or a device: 54 bytes, 72 characters of base64url, one spelling.
// The origin mints reset tokens, the edge session tokens, recovery ids (recovery_code.h) and device ids; the edge verifies all;
// the pages read the expiry. Format: DESIGN.md, "The token". The tag proves that a token was made with our key; only the database
// knows whether it is live.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/key_ring.h"
#include "shared/result.h"
#include "shared/sha256.h"

namespace rekey {

inline constexpr std::size_t kTokenTextSize = 72;
inline constexpr std::size_t kTokenRandomSize = 32;
inline constexpr std::size_t kTokenChainSize = 8;  // unique per log-in; the 24 bytes after it make the token unguessable

using UnixSeconds = std::uint32_t;  // seconds since 1970-01-01T00:00:00Z, until 2106
using TokenRandom = ByteArray<kTokenRandomSize>;

// The first bytes of a session token's random part: random at log-in, the same in all its renewals. It identifies a log-in with
// its renewals, and is protected by the tag. In a reset token it has no meaning.
using TokenChain = ByteArray<kTokenChainSize>;

// The tag covers the purpose: a session token never passes as a reset token.
enum class TokenPurpose : std::uint8_t { kReset, kSession, kRecovery, kDevice };

// The database's name for a token: SHA-256 over the 72 characters.
using TokenHash = Sha256Digest;

// A token's text. A secret: no operator<<, wiped when destroyed.
class TokenText {
 public:
  explicit TokenText(const std::array<char, kTokenTextSize>& text) : text_(text) {}
  TokenText(const TokenText&) = default;
  TokenText& operator=(const TokenText&) = default;
  ~TokenText();

  std::string_view reveal() const { return {text_.data(), text_.size()}; }
  TokenHash hash() const;

 private:
  std::array<char, kTokenTextSize> text_;
};

// In: the signing key; `random` is 32 bytes of a CSPRNG, or derived by `derive_token_random`.
TokenText mint_token(const MacKey& key, TokenPurpose purpose, UnixSeconds expires_at, const TokenRandom& random);

struct VerifiedToken {
  TokenHash hash;
  UnixSeconds expires_at;
  std::uint8_t key_id;
  TokenChain chain;
};

// Checks spelling, version, tag and expiry, in this order. Expired means now >= expires_at.
// Errors: kTokenMalformed, kTokenForged (unknown key id, other purpose, wrong tag), kTokenExpired.
// Time: independent of where a tag differs from the right one.
Result<VerifiedToken> verify_token(const KeyRing& keys, TokenPurpose purpose, std::string_view text, UnixSeconds now);

// The random part of a session's renewal: the chain of the old token, then fresh bytes.
TokenRandom continue_chain(const TokenChain& chain, const TokenRandom& fresh);

// Returns: the token's expiry, not verified. For the pages, which have no key.
// Errors: kTokenMalformed.
Result<UnixSeconds> read_token_expiry(std::string_view text);

// The token's random part from a row's seed: HMAC-SHA-256(secret, "rekey seed v1" 0x00 seed).
// Why: every attempt mails the same link, and a copy of the database can't mint tokens without the secret.
TokenRandom derive_token_random(Bytes seed_secret, const ByteArray<32>& seed);

}  // namespace rekey
