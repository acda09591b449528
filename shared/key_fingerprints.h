// The fingerprints of a key ring: by them edge and origin compare their keys without telling them. One is the first 8 bytes of
// HMAC-SHA-256(key, "rekey key fingerprint v1" 0x00 salt) beside the key's id. The salt is new for each comparison, so nobody
// can replay a fingerprint, or follow a key by it. The edge sends those of both rings with each call of `health`, and to
// `rekey-origin doctor`.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "shared/codec/bytes.h"
#include "shared/key_ring.h"
#include "shared/result.h"

namespace rekey {

// Both rings of an edge or an origin.
struct KeyRings {
  const KeyRing& edge_origin;  // EDGE_ORIGIN_KEYS
  const KeyRing& tokens;       // RESET_PASSWORD_TOKEN_SECRET
};

// Unlike the beginning of every other message that is signed with these keys: a fingerprint is never a token's tag or a
// signature.
inline constexpr std::string_view kKeyPurpose = "rekey key fingerprint v1";

// 8 bytes: a stranger's answer has the right one once in 2^64 tries.
inline constexpr std::size_t kFingerprintSize = 8;

struct KeyFingerprint {
  std::uint8_t id = 0;
  ByteArray<kFingerprintSize> bytes{};

  bool operator==(const KeyFingerprint&) const = default;
};

class KeyFingerprints {
 public:
  // In: a salt that was not used before, such as a request id. `purpose` separates the uses: recovery_code.h has another one.
  static KeyFingerprints of(const KeyRing& ring, std::string_view salt, std::string_view purpose = kKeyPurpose);

  // In: what text() returns. Errors: kInvalidKeyRing for another form, a repeated id, none or more than 8.
  static Result<KeyFingerprints> parse(std::string_view text);

  // Returns: `id:16 hex digits,...` in the ring's order.
  std::string text() const;

  // The first: that of the signing key.
  const KeyFingerprint& signing() const { return prints_[0]; }
  bool hold(const KeyFingerprint& print) const;
  std::span<const KeyFingerprint> all() const { return {prints_.data(), count_}; }
  // Returns: whether an id stands for different keys in the two rings. No rotation leads there.
  bool contradict(const KeyFingerprints& other) const;
  // Returns: whether both rings hold the same keys, in any order.
  bool are_of_the_keys_of(const KeyFingerprints& other) const;

 private:
  KeyFingerprints() = default;
  const KeyFingerprint* begin() const { return prints_.data(); }
  const KeyFingerprint* end() const { return prints_.data() + count_; }
  const KeyFingerprint* find(std::uint8_t id) const;

  std::array<KeyFingerprint, kMaxKeys> prints_{};
  std::size_t count_ = 0;
};

}  // namespace rekey
