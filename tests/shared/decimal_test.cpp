#include "shared/codec/decimal.h"

#include <catch2/catch.hpp>
#include <string>

using rekey::parse_decimal;
using rekey::to_decimal;

TEST_CASE("a number has one spelling", "[decimal]") {
  CHECK(parse_decimal("0", 9) == 0u);
  CHECK(parse_decimal("255", 255) == 255u);
  CHECK(parse_decimal("4294967295", 0xffffffff) == 0xffffffffu);
  for (std::string_view text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1.0", "1e1", "0x1", "1,000", "\xd9\xa1"}) {
    CHECK_FALSE(parse_decimal(text, 0xffffffff));
  }
}

TEST_CASE("a number above the maximum is refused", "[decimal]") {
  CHECK_FALSE(parse_decimal("256", 255));
  CHECK_FALSE(parse_decimal("4294967296", 0xffffffff));
  CHECK_FALSE(parse_decimal("18446744073709551617", 0xffffffff));
  CHECK_FALSE(parse_decimal(std::string(1000, '9'), 0xffffffff));
}

TEST_CASE("a number is written in digits, and reads back", "[decimal]") {
  CHECK(to_decimal(0) == "0");
  CHECK(to_decimal(10) == "10");
  CHECK(to_decimal(4'294'967'295) == "4294967295");
  CHECK(to_decimal(18'446'744'073'709'551'615U) == "18446744073709551615");
  for (std::uint32_t number = 1; number < 4'000'000'000U / 7; number *= 7)
    CHECK(parse_decimal(to_decimal(number), 0xffffffff) == number);
}
