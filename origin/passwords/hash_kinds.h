// The known kinds of stored hashes. A refused log-in computes one of each, so that its cost does not depend on the account.
// Starts with the current kind; never forgets one while the program runs. Safe from every thread.
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

// In: a whole stored hash. Returns: whether some password can be verified against it: form, sizes and cost are in bounds.
bool is_verifiable_hash(std::string_view stored);

class HashKinds {
 public:
  // Not larger: a refused log-in computes this many hashes in one slot. Not smaller: the hashes of three earlier systems must
  // fit.
  static constexpr std::size_t kMost = 8;

  explicit HashKinds(const Argon2Parameters& todays) : kinds_{todays} {}

  enum class Learned : std::uint8_t { kKnown, kNew, kNoRoom };
  // Keeps the first kMost kinds; later ones are left out.
  // Why not the most expensive or most frequent ones: these change, and the cost of a refusal would change with them.
  Learned learn(const HashKind& kind);

  // Returns: all but `computed`.
  std::vector<HashKind> all_but(const std::optional<HashKind>& computed) const;

 private:
  mutable std::mutex mutex_;
  std::vector<HashKind> kinds_;
};

}  // namespace rekey
