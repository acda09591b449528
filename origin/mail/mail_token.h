// The token of a reset delivery, made from its seed: the same one on every attempt, and never stored.
#pragma once

#include <optional>

#include "origin/ports/store.h"
#include "shared/key_ring.h"
#include "shared/token.h"

namespace rekey {

class MailTokens {
 public:
  // In: both outlive this object; `seed_secret` is SEED_SECRET's bytes.
  MailTokens(const KeyRing& keys, Bytes seed_secret) : keys_(keys), seed_secret_(seed_secret) {}

  // The key that new deliveries are bound to.
  std::uint8_t key_id() const { return keys_.signing_key().id; }

  // What a decision commits. Signed by the key of key_id().
  TokenHash hash_of(const TokenPlan& plan) const;

  // Returns: nothing where the key is no longer in the ring: nobody would accept its token any more.
  std::optional<TokenText> token_of(const TokenPlan& plan, std::uint8_t key_id) const;

 private:
  const KeyRing& keys_;
  Bytes seed_secret_;
};

}  // namespace rekey
