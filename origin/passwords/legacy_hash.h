// Password hashes of earlier systems, in crypt(3) form: bcrypt ($2a$ $2b$ $2y$), yescrypt ($y$), sha512crypt ($6$). Verified,
// never written: a right password is hashed anew at once. legacy_hash.cpp alone includes crypt.h. Safe from every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

enum class LegacyAlgorithm : std::uint8_t { kBcrypt, kSha512crypt, kYescrypt };

// Two hashes of one kind cost the same to compute, whoever they belong to.
struct LegacyKind {
  LegacyAlgorithm algorithm;
  std::string setting;  // for crypt(3), with a salt of nobody's
  bool operator==(const LegacyKind&) const = default;
};

// In: a stored hash, or its beginning up to the salt.
// Returns: nothing for other forms, or a cost that no honest system would choose.
// Why the bound: a row with bcrypt cost 31 would hold a slot for days.
std::optional<LegacyKind> legacy_kind(std::string_view stored);

enum class LegacyMatch : std::uint8_t { kNotComputed, kNo, kYes };

// Whether the password makes this hash. Not computed, so that nothing was spent: other forms, what crypt(3) can't read, and a
// password with a NUL, where crypt(3) would stop reading.
LegacyMatch match_legacy_hash(std::string_view password, const std::string& stored);

// Spends what a hash of this kind costs. A password with a NUL costs nothing here either.
void compute_legacy_hash(std::string_view password, const LegacyKind& kind);

}  // namespace rekey
