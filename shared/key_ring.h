// A list of keys with small ids. Of RESET_PASSWORD_TOKEN_SECRET and EDGE_ORIGIN_KEYS, which are MAC keys, the first signs and all
// verify; of EDGE_METRICS_KEY each opens the edge's metrics.
// Rotation: append the new key everywhere, move it to the front, remove the old one once everything signed with it has expired.
// A bare key has no such rotation: no list can hold its id.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "shared/codec/bytes.h"
#include "shared/result.h"

namespace rekey {

// At least 32 bytes, the size of HMAC-SHA-256's output (RFC 2104, section 3). At most 64: longer keys are hashed down anyway.
inline constexpr std::size_t kMinKeySize = 32;
inline constexpr std::size_t kMaxKeySize = 64;
inline constexpr std::size_t kMaxKeys = 8;

struct MacKey {
  std::uint8_t id = 0;
  std::uint8_t size = 0;
  ByteArray<kMaxKeySize> storage{};

  Bytes bytes() const { return {storage.data(), size}; }
};

class KeyRing {
 public:
  // In: `id:base64url,id:base64url,...` with ids 1 to 255, or one bare base64url value, which gets id 0.
  // Errors: kInvalidKeyRing for an empty list, a repeated id, a key outside 32 to 64 bytes, more than 8 keys, broken coding.
  static Result<KeyRing> parse(std::string_view text);

  KeyRing(const KeyRing&) = default;
  KeyRing& operator=(const KeyRing&) = default;
  ~KeyRing();  // wipes the keys

  const MacKey& signing_key() const { return keys_[0]; }
  std::span<const MacKey> keys() const { return {keys_.data(), count_}; }
  // Returns: the key with this id, or nullptr.
  const MacKey* find(std::uint8_t id) const;

  // Returns: whether these bytes are one of the keys.
  bool holds(Bytes key) const;
  bool shares_a_key_with(const KeyRing& other) const;

 private:
  KeyRing() = default;
  std::array<MacKey, kMaxKeys> keys_{};
  std::size_t count_ = 0;
};

}  // namespace rekey
