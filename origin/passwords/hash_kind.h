// What a stored hash costs to compute: its algorithm and parameters, and nothing about the account. The bounds below are those of
// the parsers: a row of a foreign table must not be able to take minutes of a core, or all memory.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "origin/passwords/argon2_phc.h"

namespace rekey {

// Algorithms of crypt(3).
enum class CryptAlgorithm : std::uint8_t { kBcrypt, kSha512crypt, kYescrypt };

struct CryptKind {
  CryptAlgorithm algorithm;
  std::string setting;  // for crypt(3), with a salt of no account
  bool operator==(const CryptKind&) const = default;
};

enum class Prf : std::uint8_t { kHmacSha1, kHmacSha256, kHmacSha512 };

// RFC 8018, section 5.2. The digest is at most one block of the PRF: a second one would double the cost.
struct Pbkdf2Kind {
  Prf prf;
  std::uint32_t iterations;
  bool operator==(const Pbkdf2Kind&) const = default;
};

// RFC 7914.
struct ScryptKind {
  std::uint32_t n;
  std::uint32_t r;
  std::uint32_t p;
  bool operator==(const ScryptKind&) const = default;
};

// Portable hashes of phpass: MD5, repeated 2^doublings times.
struct PhpassKind {
  std::uint32_t doublings;
  bool operator==(const PhpassKind&) const = default;
};

using HashKind = std::variant<Argon2Parameters, CryptKind, Pbkdf2Kind, ScryptKind, PhpassKind>;

// A hash as its function takes and gives it. crypt(3) takes and gives whole texts: there `digest` is the text, and `salt` the
// text or its setting.
struct HashBody {
  HashKind kind;
  std::vector<std::uint8_t> salt;
  std::vector<std::uint8_t> digest;
};

// Each of these bounds is about a second of a core for a short password; for one of 256 characters sha512crypt and phpass take
// two.
inline constexpr std::uint32_t kFewestBcryptCost = 4;  // crypt(3) computes no less
inline constexpr std::uint32_t kMostBcryptCost = 14;
inline constexpr std::uint32_t kFewestSha512Rounds = 1'000;  // crypt(3) computes no less
inline constexpr std::uint32_t kMostSha512Rounds = 500'000;  // a hash without `rounds=` has 5000
inline constexpr std::uint32_t kMostPbkdf2Iterations = 2'000'000;
inline constexpr std::uint32_t kMostScryptWork = 1U << 21U;            // N * r * p: eight times better-auth's
inline constexpr std::uint32_t kMostScryptMemory = 64U * 1024 * 1024;  // 128 * N * r bytes
inline constexpr std::uint32_t kMostScryptBlockSize = 64;              // r
inline constexpr std::uint32_t kMostScryptLanes = 64;                  // p
inline constexpr std::uint32_t kMostPhpassDoublings = 20;

}  // namespace rekey
