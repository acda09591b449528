// The known kinds of stored hashes. A refused log-in computes one of each, so that its cost does not depend on the account.
// PBKDF2 is one kind for each PRF: what an account's hash lacks of the most iterations known is computed, too. Django raises them
// with each release, so that a table holds many numbers. Starts with the current kind; never forgets one while the program runs.
// Safe from every thread.
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "origin/passwords/hash_kind.h"

namespace rekey {

class HashKinds {
 public:
  // Not larger: a refused log-in computes this many hashes in one slot. Not smaller: the hashes of three earlier systems must
  // fit.
  static constexpr std::size_t kMost = 8;

  explicit HashKinds(HashKind todays) : kinds_{std::move(todays)} {}

  enum class Learned : std::uint8_t { kKnown, kNew, kNoRoom };
  // kNew for more iterations, too. Keeps the first kMost kinds; later ones are left out.
  // Why not the most expensive or most frequent ones: these change, and the cost of a refusal would change with them.
  Learned learn(const HashKind& kind);

  // Returns: what is left of one of each after `computed`.
  std::vector<HashKind> all_but(const std::optional<HashKind>& computed) const;

 private:
  Pbkdf2Kind* pbkdf2_of(Prf prf);

  mutable std::mutex mutex_;
  std::vector<HashKind> kinds_;
};

}  // namespace rekey
