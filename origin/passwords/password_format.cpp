#include "origin/passwords/password_format.h"

#include "origin/passwords/argon2_function.h"
#include "origin/passwords/crypt_forms.h"
#include "origin/passwords/crypt_function.h"
#include "origin/passwords/derived_forms.h"
#include "origin/ports/enum_table.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

// The salt as random bytes, or as their hex digits: text, where the form holds it as it is. Django replaces hashes whose salt, as
// it reads it, has fewer than 22 characters.
enum class SaltText : std::uint8_t { kBytes, kHex, kBcrypt };

struct FormatRow {
  PasswordFormat key;
  HashForm form;
  SaltText salt;
  std::size_t digest_size;  // 0: a text of crypt(3)
};

constexpr FormatRow kFormats[] = {
    {PasswordFormat::kArgon2id, HashForm::kArgon2id, SaltText::kBytes, 32},
    {PasswordFormat::kBcrypt2b, HashForm::kBcrypt2b, SaltText::kBcrypt, 0},
    {PasswordFormat::kBcrypt2y, HashForm::kBcrypt2y, SaltText::kBcrypt, 0},
    {PasswordFormat::kDjangoArgon2, HashForm::kDjangoArgon2id, SaltText::kHex, 32},
    {PasswordFormat::kDjangoPbkdf2, HashForm::kDjangoPbkdf2Sha256, SaltText::kHex, 32},
    {PasswordFormat::kDjangoBcryptSha256, HashForm::kDjangoBcryptSha256, SaltText::kBcrypt, 0},
    {PasswordFormat::kBetterAuth, HashForm::kBetterAuth, SaltText::kHex, 64},
    {PasswordFormat::kAspnetV3, HashForm::kAspnetV3, SaltText::kBytes, 32},
};
static_assert(is_in_order(kFormats));

HashKind bcrypt_kind_of(std::uint32_t cost) {
  const std::string digits = std::to_string(cost);
  return read_bcrypt_kind("$" + std::string(2 - digits.size(), '0') + digits + "$").value();
}

std::vector<std::uint8_t> salt_from(const FormatRow& row, const PasswordFormatSettings& settings, Bytes entropy) {
  if (row.salt == SaltText::kBytes) return {entropy.begin(), entropy.end()};
  const char letter = row.form == HashForm::kBcrypt2y ? 'y' : 'b';
  const std::string text = row.salt == SaltText::kHex ? to_hex(entropy) : bcrypt_setting(letter, settings.bcrypt_cost, entropy);
  return {text.begin(), text.end()};
}

}  // namespace

HashKind kind_of_format(const PasswordFormatSettings& settings) {
  switch (settings.format) {
    case PasswordFormat::kArgon2id:
    case PasswordFormat::kDjangoArgon2:
      return settings.argon2;
    case PasswordFormat::kBcrypt2b:
    case PasswordFormat::kBcrypt2y:
    case PasswordFormat::kDjangoBcryptSha256:
      return bcrypt_kind_of(settings.bcrypt_cost);
    case PasswordFormat::kDjangoPbkdf2:
      return Pbkdf2Kind{Prf::kHmacSha256, settings.pbkdf2_iterations};
    case PasswordFormat::kBetterAuth:
      return kBetterAuthKind;
    case PasswordFormat::kAspnetV3:
      return Pbkdf2Kind{Prf::kHmacSha512, settings.pbkdf2_iterations};
  }
  __builtin_trap();
}

std::size_t memory_of_format(const PasswordFormatSettings& settings) {
  const HashKind kind = kind_of_format(settings);
  if (const auto* const argon2 = std::get_if<Argon2Parameters>(&kind)) return argon2_work_space(*argon2);
  if (const auto* const scrypt = std::get_if<ScryptKind>(&kind)) return std::size_t{128} * scrypt->n * scrypt->r;
  return 0;  // a few KiB
}

StoredHash salted(const PasswordFormatSettings& settings, const ByteArray<kSaltEntropy>& entropy) {
  const FormatRow& row = row_of(kFormats, settings.format);
  return {row.form, {kind_of_format(settings), salt_from(row, settings, entropy), std::vector<std::uint8_t>(row.digest_size)}};
}

bool is_of_format(const StoredHash& stored, const PasswordFormatSettings& settings) {
  const FormatRow& row = row_of(kFormats, settings.format);
  const bool right_size = row.digest_size == 0 || stored.body.digest.size() == row.digest_size;
  return stored.form == row.form && right_size && stored.body.kind == kind_of_format(settings);
}

}  // namespace rekey
