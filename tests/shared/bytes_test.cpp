#include "shared/codec/bytes.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/shared/seeded_random.h"

using rekey::as_bytes;
using rekey::equal_in_constant_time;

TEST_CASE("bytes are equal only if every bit is", "[bytes]") {
  rekey_test::SeededRandom random(1);
  rekey::ByteArray<32> bytes{};
  random.fill(bytes);
  CHECK(equal_in_constant_time(bytes, bytes));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto other = bytes;
    other[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    REQUIRE_FALSE(equal_in_constant_time(bytes, other));
  }
}

TEST_CASE("a prefix is not equal to the whole", "[bytes]") {
  CHECK_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("abc"), {}));
  CHECK_FALSE(equal_in_constant_time({}, as_bytes("abc")));
  CHECK(equal_in_constant_time({}, {}));
}

TEST_CASE("wiping zeros the bytes and touches no neighbour", "[bytes]") {
  rekey::ByteArray<10> bytes;
  bytes.fill(0xaa);
  rekey::wipe(rekey::MutableBytes(bytes).subspan(1, 8));
  CHECK(bytes.front() == 0xaa);
  CHECK(bytes.back() == 0xaa);
  CHECK(std::count(bytes.begin(), bytes.end(), 0) == 8);
}
