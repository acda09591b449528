// A constexpr table for an enum whose enumerators count from 0: row i belongs to enumerator i, which is its `key`.
#pragma once

#include <cstddef>

namespace rekey {

template <class Row, std::size_t kSize>
constexpr bool is_in_order(const Row (&rows)[kSize]) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (static_cast<std::size_t>(rows[i].key) != i) return false;
  }
  return true;
}

template <class Row, std::size_t kSize, class Key>
constexpr const Row& row_of(const Row (&rows)[kSize], Key key) {
  return rows[static_cast<std::size_t>(key)];
}

}  // namespace rekey
