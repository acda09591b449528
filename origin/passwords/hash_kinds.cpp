#include "origin/passwords/hash_kinds.h"

#include <algorithm>

namespace rekey {

HashKinds::Learned HashKinds::learn(const HashKind& kind) {
  const std::lock_guard lock(mutex_);
  if (std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end()) return Learned::kKnown;
  if (kinds_.size() >= kMost) return Learned::kNoRoom;
  kinds_.push_back(kind);
  return Learned::kNew;
}

std::vector<HashKind> HashKinds::all_but(const std::optional<HashKind>& computed) const {
  const std::lock_guard lock(mutex_);
  std::vector<HashKind> others;
  std::copy_if(kinds_.begin(), kinds_.end(), std::back_inserter(others), [&](const HashKind& kind) { return kind != computed; });
  return others;
}

}  // namespace rekey
