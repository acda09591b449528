#include "shared/codec/decimal.h"

#include <catch2/catch.hpp>
#include <string>

using rekey::parse_decimal;

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
