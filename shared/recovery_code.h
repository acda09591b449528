// The code beside the link of a mail: 8 digits, typed on another device than the one that reads the mail. And the recovery id,
// the handle of the request that it was mailed for: edge and application keep it, and it says nothing about an account. The
// origin derives the code from the delivery's seed, as it derives the token. The edge turns a typed code into its prints, one for
// each key of RESET_PASSWORD_TOKEN_SECRET: only prints travel to the origin and are stored. Formats: DESIGN.md, "The code".
#pragma once

#include <string>
#include <string_view>

#include "shared/key_fingerprints.h"
#include "shared/key_ring.h"
#include "shared/result.h"
#include "shared/sha256.h"
#include "shared/token.h"

namespace rekey {

inline constexpr std::size_t kCodeDigits = 8;
inline constexpr std::uint32_t kCodeCount = 100'000'000;  // of 8 digits

// A code's digits. A secret: no operator<<, wiped when destroyed.
class RecoveryCode {
 public:
  // In: as typed or pasted; spaces and hyphens are skipped. Errors: kTokenMalformed for anything but 8 digits.
  static Result<RecoveryCode> parse(std::string_view typed);

  // Each code equally likely: HMAC-SHA-256(secret, "rekey code v1" 0x00 seed counter), its first 4 bytes as a number, the next
  // counter for one of 4,200,000,000 or more, and the remainder by 100,000,000.
  static RecoveryCode derive(Bytes seed_secret, const ByteArray<32>& seed);

  RecoveryCode(const RecoveryCode&) = default;
  RecoveryCode& operator=(const RecoveryCode&) = default;
  ~RecoveryCode();

  std::string_view reveal() const { return {digits_.data(), digits_.size()}; }

  // What the database compares: under each key the first 8 bytes of HMAC-SHA-256(key, "rekey code print v1" 0x00 request code).
  // In: the id of the request that the code was mailed for. Why all keys: during a rotation edge and origin sign with different
  // ones. Why the request: equal codes of two requests have different prints.
  KeyFingerprints prints(const KeyRing& keys, std::string_view request_id) const;

 private:
  RecoveryCode() = default;
  std::array<char, kCodeDigits> digits_{};
};

// A day: a request waits for its mail at most that long, and a link lives for an hour at most.
inline constexpr UnixSeconds kRecoverySeconds = 86'400;

// Returns: a token of purpose kRecovery whose random part is the request's 16 bytes and 16 zeros.
TokenText mint_recovery_id(const MacKey& key, Bytes request, UnixSeconds expires_at);

// Returns: the request's id, 22 characters that point into `text`. Errors: as verify_token.
Result<std::string_view> read_recovery_id(const KeyRing& keys, std::string_view text, UnixSeconds now);

}  // namespace rekey
