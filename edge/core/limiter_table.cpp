#include "edge/core/limiter_table.h"

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

#include "edge/core/limiter.h"
#include "shared/sha256.h"

namespace rekey::edge {
namespace {

// A page is stored as it lies in memory.
static_assert(std::is_trivially_copyable_v<RateEntry> && sizeof(RateEntry) == 24 && std::endian::native == std::endian::little);

constexpr std::size_t kPagesPerMessage = 32;  // a message of 97 KiB

}  // namespace

std::uint64_t LimiterTable::table_key(Bytes key) const {
  const auto digest = sha256({seed_, key});
  return from_little_endian(Bytes(digest).first(8));
}

MutableBytes LimiterTable::page(std::size_t number) {
  if (number >= kLimiterPages) __builtin_trap();
  auto* first = reinterpret_cast<std::uint8_t*>(entries_.data() + number * kPageEntries);
  return {first, kLimiterPageSize};
}

void LimiterTable::load(MessageReader in) {
  const auto seed = in.expect(kTagSeed);
  if (seed.size() != seed_.size()) __builtin_trap();
  std::copy(seed.begin(), seed.end(), seed_.begin());
  while (const auto number = in.next()) {
    const auto bytes = in.expect(kTagPage);
    if (number->tag != kTagPageNumber || bytes.size() != kLimiterPageSize) __builtin_trap();
    std::copy(bytes.begin(), bytes.end(), page(number->number()).begin());
  }
}

void LimiterTable::take(MessageReader in, MessageWriter& out) {
  const auto now = static_cast<UnixMillis>(in.expect_number(kTagNow));
  const auto question = read_question(in.expect(kTagQuestion));
  const bool stands_in = in.next().has_value();
  std::vector<LimiterVerdict> verdicts;
  for (const auto& count : question) {
    if (stands_in && count.when_uncounted == WhenUncounted::kRefuse) break;
    const auto counted = table_.count(table_key(count.key), count.limit, now);
    const bool limited = counted.decision.verdict == RateVerdict::kLimited;
    if (!limited) changed_.set(counted.entry / kPageEntries);
    verdicts.push_back({counted.decision.verdict, counted.decision.wait_micros});
    if (limited && count.when_limited == WhenLimited::kRefuse) break;
  }
  write_verdicts(out, verdicts);
}

void LimiterTable::save(MessageReader in, MessageWriter& out) {
  if (in.next()) changed_.set();
  std::size_t written = 0;
  for (std::size_t seen = 0; seen < kLimiterPages && written < kPagesPerMessage; ++seen) {
    const auto number = std::exchange(next_, (next_ + 1) % kLimiterPages);
    if (!changed_.test(number)) continue;
    out.number(kTagPageNumber, number);
    out.bytes(kTagPage, page(number));
    changed_.reset(number);
    ++written;
  }
}

}  // namespace rekey::edge
