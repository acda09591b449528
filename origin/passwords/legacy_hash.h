// Password hashes of earlier systems, in crypt(3) form: bcrypt ($2a$ $2b$ $2y$), yescrypt ($y$), sha512crypt ($6$). Only
// verified, never written: a right password is hashed again by Argon2id. Only legacy_hash.cpp includes crypt.h. Safe from every
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

enum class LegacyAlgorithm : std::uint8_t { kBcrypt, kSha512crypt, kYescrypt };

// Hashes of one kind cost the same, whatever the account.
struct LegacyKind {
  LegacyAlgorithm algorithm;
  std::string setting;  // for crypt(3), with a salt of no account
  bool operator==(const LegacyKind&) const = default;
};

// In: a stored hash, or its beginning up to the salt.
// Returns: nothing for other forms, or a cost above the bounds.
// Why the bound: a row with bcrypt cost 31 would hold a slot for days.
std::optional<LegacyKind> legacy_kind(std::string_view stored);

// Returns: whether a text is a whole hash of one of these forms, with salt and digest of the right sizes.
bool is_legacy_hash(std::string_view stored);

enum class LegacyMatch : std::uint8_t { kNotComputed, kNo, kYes };

// Whether the password matches. Computes nothing for other forms, for text that crypt(3) can't read, and for a password with a
// NUL, at which crypt(3) would stop.
LegacyMatch match_legacy_hash(std::string_view password, const std::string& stored);

// Costs the same as a hash of this kind. A password with a NUL costs nothing here either.
void compute_legacy_hash(std::string_view password, const LegacyKind& kind);

}  // namespace rekey
