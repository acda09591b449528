#include "origin/passwords/hash_kinds.h"

#include <algorithm>

namespace rekey {
namespace {

// Returns: nothing if `computed` is all of `kind`.
std::optional<HashKind> rest_of(const HashKind& kind, const std::optional<HashKind>& computed) {
  if (kind == computed) return std::nullopt;
  const auto* const known = std::get_if<Pbkdf2Kind>(&kind);
  const auto* const done = computed ? std::get_if<Pbkdf2Kind>(&*computed) : nullptr;
  if (known == nullptr || done == nullptr || known->prf != done->prf) return kind;
  if (done->iterations >= known->iterations) return std::nullopt;
  return Pbkdf2Kind{known->prf, known->iterations - done->iterations};
}

}  // namespace

Pbkdf2Kind* HashKinds::pbkdf2_of(Prf prf) {
  for (HashKind& kind : kinds_) {
    if (auto* const known = std::get_if<Pbkdf2Kind>(&kind); known != nullptr && known->prf == prf) return known;
  }
  return nullptr;
}

HashKinds::Learned HashKinds::learn(const HashKind& kind) {
  const std::lock_guard lock(mutex_);
  if (std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end()) return Learned::kKnown;
  const auto* const pbkdf2 = std::get_if<Pbkdf2Kind>(&kind);
  if (auto* const known = pbkdf2 != nullptr ? pbkdf2_of(pbkdf2->prf) : nullptr) {
    if (known->iterations >= pbkdf2->iterations) return Learned::kKnown;
    known->iterations = pbkdf2->iterations;
    return Learned::kNew;
  }
  if (kinds_.size() >= kMost) return Learned::kNoRoom;
  kinds_.push_back(kind);
  return Learned::kNew;
}

std::vector<HashKind> HashKinds::all_but(const std::optional<HashKind>& computed) const {
  const std::lock_guard lock(mutex_);
  std::vector<HashKind> others;
  for (const HashKind& kind : kinds_) {
    if (const auto rest = rest_of(kind, computed)) others.push_back(*rest);
  }
  return others;
}

}  // namespace rekey
