// The kinds of hashes that this installation stores, as far as known: what a refused log-in has to compute, so that its cost does
// not depend on the account. Starts with today's; never forgets while the program runs. Safe from every thread.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "origin/passwords/argon2_phc.h"
#include "origin/passwords/legacy_hash.h"

namespace rekey {

using HashKind = std::variant<Argon2Parameters, LegacyKind>;

// In: a stored hash, or its beginning as AccountStore::list_hash_beginnings() gives it. Returns: nothing for unknown forms.
std::optional<HashKind> hash_kind(std::string_view stored);

class HashKinds {
 public:
  // Larger: a refused log-in takes so many hashes, and a slot with it. Smaller: a history of three systems would not fit.
  static constexpr std::size_t kMost = 8;

  explicit HashKinds(const Argon2Parameters& todays) : kinds_{todays} {}

  enum class Learned : std::uint8_t { kKnown, kNew, kNoRoom };
  // Kinds stay in the order in which they came; one that finds no room is left out.
  // Why not the dearest, or those of most accounts: which ones those are changes, and with each change what a refusal costs.
  Learned learn(const HashKind& kind);

  // Returns: all but `computed`.
  std::vector<HashKind> all_but(const std::optional<HashKind>& computed) const;

 private:
  mutable std::mutex mutex_;
  std::vector<HashKind> kinds_;
};

}  // namespace rekey
