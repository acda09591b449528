// The token and the code of a reset delivery, made from its seed: the same on every attempt, and never stored.
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

  // The hash that a decision stores. Its token is signed with the key of key_id().
  TokenHash hash_of(const TokenPlan& plan) const;

  // The print of the plan's code that a decision stores, under the key of key_id(). In: the id of the request.
  CodePrint print_of(const TokenPlan& plan, std::string_view request_id) const;

  RecoveryCode code_of(const TokenPlan& plan) const { return RecoveryCode::derive(seed_secret_, plan.seed); }

  // Returns: nothing if the key is no longer in the ring: no edge would accept its token.
  std::optional<TokenText> token_of(const TokenPlan& plan, std::uint8_t key_id) const;

 private:
  const KeyRing& keys_;
  Bytes seed_secret_;
};

}  // namespace rekey
