#include "origin/passwords/stored_hash.h"

#include "origin/passwords/crypt_forms.h"
#include "origin/passwords/derived_forms.h"
#include "origin/ports/enum_table.h"

namespace rekey {
namespace {

std::optional<HashKind> argon2_kind(std::string_view text) {
  if (const auto parameters = parse_phc_parameters(text)) return *parameters;
  return std::nullopt;
}

std::optional<HashBody> parse_argon2(std::string_view text) {
  auto phc = parse_phc(text);
  if (!phc) return std::nullopt;
  return HashBody{phc->parameters, std::move(phc->salt), std::move(phc->digest)};
}

std::string write_argon2(const HashBody& body) {
  return write_phc({std::get<Argon2Parameters>(body.kind), body.salt, body.digest});
}

// A form is a prefix and a body. `kind` reads the body's beginning, `parse` the whole body.
struct FormRow {
  HashForm key;
  std::string_view prefix;
  PreHash pre_hash;
  std::optional<HashKind> (*kind)(std::string_view);
  std::optional<HashBody> (*parse)(std::string_view);
  std::string (*write)(const HashBody&);
};

constexpr FormRow kForms[] = {
    {HashForm::kArgon2id, "", PreHash::kNone, argon2_kind, parse_argon2, write_argon2},
    {HashForm::kDjangoArgon2id, "argon2", PreHash::kNone, argon2_kind, parse_argon2, write_argon2},
    {HashForm::kBcrypt2a, "$2a", PreHash::kNone, read_bcrypt_kind, parse_bcrypt<'a'>, write_bcrypt},
    {HashForm::kBcrypt2b, "$2b", PreHash::kNone, read_bcrypt_kind, parse_bcrypt<'b'>, write_bcrypt},
    {HashForm::kBcrypt2y, "$2y", PreHash::kNone, read_bcrypt_kind, parse_bcrypt<'y'>, write_bcrypt},
    {HashForm::kDjangoBcrypt, "bcrypt$$2b", PreHash::kNone, read_bcrypt_kind, parse_bcrypt<'b'>, write_bcrypt},
    {HashForm::kDjangoBcrypt2a, "bcrypt$$2a", PreHash::kNone, read_bcrypt_kind, parse_bcrypt<'a'>, write_bcrypt},
    {HashForm::kDjangoBcryptSha256, "bcrypt_sha256$$2b", PreHash::kSha256Hex, read_bcrypt_kind, parse_bcrypt<'b'>, write_bcrypt},
    {HashForm::kDjangoBcrypt2aSha256, "bcrypt_sha256$$2a", PreHash::kSha256Hex, read_bcrypt_kind, parse_bcrypt<'a'>,
     write_bcrypt},
    {HashForm::kWordpress, "$wp$2y", PreHash::kHmacSha384Base64, read_bcrypt_kind, parse_bcrypt<'y'>, write_bcrypt},
    {HashForm::kSha512crypt, "", PreHash::kNone, sha512crypt_kind, parse_sha512crypt, write_crypt},
    {HashForm::kYescrypt, "", PreHash::kNone, yescrypt_kind, parse_yescrypt, write_crypt},
    {HashForm::kPhpass, "$P$", PreHash::kNone, phpass_kind, parse_phpass, write_phpass},
    {HashForm::kPhpbb, "$H$", PreHash::kNone, phpass_kind, parse_phpass, write_phpass},
    {HashForm::kDjangoPbkdf2Sha256, "pbkdf2_sha256$", PreHash::kNone, pbkdf2_kind<Prf::kHmacSha256>,
     parse_pbkdf2<Prf::kHmacSha256>, write_pbkdf2},
    {HashForm::kDjangoPbkdf2Sha1, "pbkdf2_sha1$", PreHash::kNone, pbkdf2_kind<Prf::kHmacSha1>, parse_pbkdf2<Prf::kHmacSha1>,
     write_pbkdf2},
    {HashForm::kDjangoScrypt, "scrypt$", PreHash::kNone, scrypt_kind, parse_scrypt, write_scrypt},
    {HashForm::kBetterAuth, "", PreHash::kNfkc, better_auth_kind, parse_better_auth, write_better_auth},
    {HashForm::kAspnetV3, "", PreHash::kNone, aspnet_kind, parse_aspnet, write_aspnet},
};
static_assert(is_in_order(kForms));

// The largest are those of Argon2id with 64 bytes of salt and of digest.
constexpr std::size_t kMostTextSize = 256;

}  // namespace

std::optional<StoredHash> parse_stored_hash(std::string_view text) {
  if (text.size() > kMostTextSize) return std::nullopt;
  for (const FormRow& row : kForms) {
    if (!text.starts_with(row.prefix)) continue;
    if (auto body = row.parse(text.substr(row.prefix.size()))) return StoredHash{row.key, std::move(*body)};
  }
  return std::nullopt;
}

std::string text_of(const StoredHash& stored) {
  const FormRow& row = row_of(kForms, stored.form);
  return std::string(row.prefix) + row.write(stored.body);
}

PreHash pre_hash_of(HashForm form) { return row_of(kForms, form).pre_hash; }

std::optional<HashKind> hash_kind(std::string_view stored) {
  for (const FormRow& row : kForms) {
    if (!stored.starts_with(row.prefix)) continue;
    if (auto kind = row.kind(stored.substr(row.prefix.size()))) return kind;
  }
  return std::nullopt;
}

bool is_verifiable_hash(std::string_view stored) { return parse_stored_hash(stored).has_value(); }

}  // namespace rekey
