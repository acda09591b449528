// The text of a stored password hash, in every form that can be read: Argon2id (PHC), those of crypt(3), Django, better-auth,
// ASP.NET Identity, phpass and WordPress. Parsing is strict, bounded and computes nothing; hash_function.h computes. In each form
// a hash has one spelling: text_of() gives it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "origin/passwords/hash_kind.h"

namespace rekey {

enum class HashForm : std::uint8_t {
  kArgon2id,              // $argon2id$v=19$m=19456,t=2,p=1$salt$digest
  kDjangoArgon2id,        // argon2$argon2id$v=19$...
  kBcrypt2a,              // $2a$12$ and 53 characters; the letters mark old bugs
  kBcrypt2b,              // $2b$
  kBcrypt2y,              // $2y$: by this letter PHP knows its own hashes
  kDjangoBcrypt,          // bcrypt$$2b$12$...
  kDjangoBcrypt2a,        // bcrypt$$2a$12$..., with Python's bcrypt before 3.0
  kDjangoBcryptSha256,    // bcrypt_sha256$$2b$12$...
  kDjangoBcrypt2aSha256,  // bcrypt_sha256$$2a$12$..., the same
  kWordpress,             // $wp$2y$10$..., since WordPress 6.8
  kSha512crypt,           // $6$salt$digest, $6$rounds=10000$salt$digest
  kYescrypt,              // $y$j9T$salt$digest
  kPhpass,                // $P$B and 30 characters
  kPhpbb,                 // $H$9 and 30 characters: phpass under another name
  kDjangoPbkdf2Sha256,    // pbkdf2_sha256$600000$salt$digest
  kDjangoPbkdf2Sha1,      // pbkdf2_sha1$600000$salt$digest
  kDjangoScrypt,          // scrypt$16384$salt$8$1$digest
  kBetterAuth,            // salt:digest, in hex; the parameters are always the same
  kAspnetV3,              // base64 of 01, PRF, iterations, size of the salt, salt, digest
};

// What is hashed instead of the password itself.
enum class PreHash : std::uint8_t {
  kNone,
  kSha256Hex,         // Django: lets bcrypt take passwords of any length
  kHmacSha384Base64,  // WordPress: the same, of the password without blanks at its ends
  kNfkc,              // better-auth: Unicode's form NFKC
};

struct StoredHash {
  HashForm form;
  HashBody body;
};

// Returns: nothing for another form or spelling, wrong sizes, or a cost above hash_kind.h's bounds.
std::optional<StoredHash> parse_stored_hash(std::string_view text);

std::string text_of(const StoredHash& stored);

PreHash pre_hash_of(HashForm form);

// In: a stored hash, or its beginning as AccountStore::list_hash_beginnings() gives it. Returns: nothing for unknown forms.
std::optional<HashKind> hash_kind(std::string_view stored);

// In: a whole stored hash. Returns: whether some password can be verified against it: form, sizes and cost are in bounds.
bool is_verifiable_hash(std::string_view stored);

}  // namespace rekey
