#include <string>

#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"
#include "shared/email_address.h"
#include "shared/password_policy.h"
#include "shared/token.h"
#include "shared/username.h"
#include "tests/vectors/vector_outcome.h"

namespace rekey_vectors {
namespace {

using rekey::Error;

std::uint32_t number(const std::string& text) {
  const auto parsed = rekey::parse_decimal(text, 0xffffffff);
  if (!parsed) __builtin_trap();
  return *parsed;
}

rekey::TokenPurpose purpose_of(const Record& record) {
  using rekey::TokenPurpose;
  const std::string& word = record["purpose"];
  if (word == "session") return TokenPurpose::kSession;
  if (word == "recovery") return TokenPurpose::kRecovery;
  if (word == "device") return TokenPurpose::kDevice;
  if (word != "reset") __builtin_trap();
  return TokenPurpose::kReset;
}

std::string verify(const Record& record, const rekey::KeyRing& keys) {
  const auto token = rekey::verify_token(keys, purpose_of(record), record["input"], number(record["now"]));
  if (!token) return token_error(token.error());
  return "ok " + rekey::to_hex(token->hash) + " " + std::to_string(token->expires_at) + " " + std::to_string(token->key_id);
}

std::string mint(const Record& record, const rekey::KeyRing& keys) {
  rekey::TokenRandom random{};
  if (rekey::from_hex(record["input"], random) != Error::kNone) return "random part is not 32 bytes of hex";
  return std::string(rekey::mint_token(keys.signing_key(), purpose_of(record), number(record["expires"]), random).reveal());
}

std::string read_expiry(const Record& record) {
  const auto expires_at = rekey::read_token_expiry(record["input"]);
  return expires_at ? "ok " + std::to_string(*expires_at) : token_error(expires_at.error());
}

}  // namespace

std::string token_error(Error error) {
  if (error == Error::kTokenMalformed) return "malformed";
  if (error == Error::kTokenForged) return "forged";
  if (error == Error::kTokenExpired) return "expired";
  return "unexpected error";
}

std::string email_outcome(const Record& record) {
  const auto address = rekey::EmailAddress::parse(record["input"]);
  return address ? "ok " + std::string(address->normalized()) + " " + address->limiter_key() : "invalid";
}

std::string username_outcome(const Record& record) { return rekey::Username::parse(record["input"]) ? "ok" : "invalid"; }

std::string password_outcome(const Record& record) {
  rekey::PasswordContext context{record["email"], record["username"], record["product"]};
  if (record.has("min")) context.min_length = number(record["min"]);
  if (record["do"] == "known") return rekey::can_be_password(record["input"]) ? "ok" : "invalid";
  const bool typed = record["do"] == "typed";
  const Error error =
      typed ? rekey::check_typed_password(record["input"], context) : rekey::check_password(record["input"], context);
  return error == Error::kNone ? "ok" : std::string(rekey::password_reason(error));
}

std::string token_outcome(const Record& record) {
  if (record["do"] == "read expiry") return read_expiry(record);
  const auto keys = rekey::KeyRing::parse(record["keys"]);
  if (!keys) return "invalid keys";
  return record["do"] == "mint" ? mint(record, *keys) : verify(record, *keys);
}

}  // namespace rekey_vectors
