#include "origin/mail/mail_token.h"

namespace rekey {
namespace {

TokenText mint_from_seed(const MacKey& key, Bytes seed_secret, const TokenPlan& plan) {
  auto random = derive_token_random(seed_secret, plan.seed);
  auto token = mint_token(key, TokenPurpose::kReset, plan.expires_at, random);
  wipe(random);
  return token;
}

}  // namespace

TokenHash MailTokens::hash_of(const TokenPlan& plan) const {
  return mint_from_seed(keys_.signing_key(), seed_secret_, plan).hash();
}

CodePrint MailTokens::print_of(const TokenPlan& plan, std::string_view request_id) const {
  return code_of(plan).prints(keys_, request_id).signing().bytes;
}

std::optional<TokenText> MailTokens::token_of(const TokenPlan& plan, std::uint8_t key_id) const {
  const auto* key = keys_.find(key_id);
  if (key == nullptr) return std::nullopt;
  return mint_from_seed(*key, seed_secret_, plan);
}

}  // namespace rekey
