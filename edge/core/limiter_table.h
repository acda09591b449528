// The counts of one limiter, as edge/exports.h describes rekey_limiter_load, _take and _save: a table of fixed size, divided into
// pages. A host stores the pages that have changed, so what it stores is bounded, too: kLimiterPages * kLimiterPageSize, 1.5 MiB.
#pragma once

#include <array>
#include <bitset>

#include "edge/core/message.h"
#include "edge/core/rate_table.h"

namespace rekey::edge {

inline constexpr std::size_t kLimiterPages = 512;
inline constexpr std::size_t kPageEntries = 128;  // 3 KiB: each fills most of a page of SQLite
inline constexpr std::size_t kLimiterPageSize = kPageEntries * sizeof(RateEntry);

class LimiterTable {
 public:
  // Traps if a page's size is not kLimiterPageSize, or its number is not below kLimiterPages.
  void load(MessageReader in);
  void take(MessageReader in, MessageWriter& out);
  // Out: changed pages, at most 32, going on behind the last one of the call before. They count as stored from then on.
  void save(MessageReader in, MessageWriter& out);

 private:
  std::uint64_t table_key(Bytes key) const;
  MutableBytes page(std::size_t number);

  ByteArray<16> seed_{};
  std::array<RateEntry, kLimiterPages * kPageEntries> entries_{};
  RateTable table_{entries_};
  std::bitset<kLimiterPages> changed_;
  std::size_t next_ = 0;  // page: so each gets its turn, however soon others change again
};

}  // namespace rekey::edge
