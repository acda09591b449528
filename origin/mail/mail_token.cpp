#include "origin/mail/mail_token.h"

namespace rekey {
namespace {

TokenText mint_from_seed(const MacKey& key, Bytes seed_secret, UnixSeconds expires_at, const ByteArray<32>& seed) {
  auto random = derive_token_random(seed_secret, seed);
  auto token = mint_token(key, TokenPurpose::kReset, expires_at, random);
  wipe(random);
  return token;
}

}  // namespace

TokenHash MailTokens::hash_of(const TokenPlan& plan) const {
  return mint_from_seed(keys_.signing_key(), seed_secret_, plan.expires_at, plan.seed).hash();
}

std::optional<TokenText> MailTokens::token_of(const ResetJob& job) const {
  const auto* key = keys_.find(job.key_id);
  if (key == nullptr) return std::nullopt;
  const auto expires_at = static_cast<UnixSeconds>(job.expires_at.time_since_epoch().count());
  return mint_from_seed(*key, seed_secret_, expires_at, job.seed);
}

}  // namespace rekey
