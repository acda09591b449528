// New hashes in the form of PASSWORD_FORMAT (shared/password_format.h), and the settings of their cost.
#pragma once

#include <cstdint>

#include "origin/passwords/stored_hash.h"
#include "shared/codec/bytes.h"
#include "shared/password_format.h"

namespace rekey {

// OWASP's minimum of 2025 for each PRF.
inline constexpr std::uint32_t kIterationsOfSha256 = 600'000;
inline constexpr std::uint32_t kIterationsOfSha512 = 210'000;

struct PasswordFormatSettings {
  PasswordFormat format = PasswordFormat::kArgon2id;
  Argon2Parameters argon2{};
  std::uint32_t bcrypt_cost = 12;  // of Laravel, Devise and Django; OWASP's minimum is 10
  std::uint32_t pbkdf2_iterations = kIterationsOfSha256;
};

// The kind of new hashes.
HashKind kind_of_format(const PasswordFormatSettings& settings);

// The bytes of a hash while it is computed.
std::size_t memory_of_format(const PasswordFormatSettings& settings);

inline constexpr std::size_t kSaltEntropy = 16;  // RFC 9106, section 3.1: enough for passwords

// Returns: a hash that has its salt; the digest has its size, or is empty if it is a text of crypt(3).
// Throws: Unavailable.
StoredHash salted(const PasswordFormatSettings& settings, const ByteArray<kSaltEntropy>& entropy);

// Whether a new hash would have this form, kind and size.
bool is_of_format(const StoredHash& stored, const PasswordFormatSettings& settings);

}  // namespace rekey
