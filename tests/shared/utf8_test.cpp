#include "shared/codec/utf8.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/shared/seeded_random.h"

using rekey::count_code_points;

namespace {

// By the bit patterns of RFC 3629, section 3, without its limits.
std::string pack(char32_t value, std::size_t size) {
  if (size == 1) return {static_cast<char>(value)};
  const auto tail = static_cast<char>(0x80 | (value & 0x3f));
  if (size == 2) return {static_cast<char>(0xc0 | (value >> 6)), tail};
  if (size == 3) return {static_cast<char>(0xe0 | (value >> 12)), static_cast<char>(0x80 | (value >> 6 & 0x3f)), tail};
  return {static_cast<char>(0xf0 | (value >> 18)), static_cast<char>(0x80 | (value >> 12 & 0x3f)),
          static_cast<char>(0x80 | (value >> 6 & 0x3f)), tail};
}

std::size_t shortest_size(char32_t value) { return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4; }

bool is_scalar(char32_t value) { return value < 0xd800 || (value > 0xdfff && value < 0x110000); }

}  // namespace

TEST_CASE("every code point is read only in its shortest form", "[utf8]") {
  for (char32_t value = 0; value < 0x200000; ++value) {
    for (std::size_t size = shortest_size(value); size <= 4; ++size) {
      const auto point = rekey::read_code_point(pack(value, size));
      const bool is_right = size == shortest_size(value) && is_scalar(value);
      if (point.has_value() != is_right)
        FAIL("U+" << std::hex << static_cast<std::uint32_t>(value) << " in " << size << " bytes");
      if (point && (point->value != value || point->size != size)) FAIL("U+" << std::hex << static_cast<std::uint32_t>(value));
    }
  }
}

TEST_CASE("a code point that is cut short or interrupted is refused", "[utf8]") {
  for (const std::string& whole : {pack(0xe9, 2), pack(0x20ac, 3), pack(0x1f600, 4)}) {
    CHECK(count_code_points(whole) == 1u);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      CHECK_FALSE(count_code_points(whole.substr(0, size)));
      CHECK_FALSE(count_code_points(whole.substr(0, size) + "a"));
      CHECK_FALSE(count_code_points(whole.substr(size)));
    }
  }
}

TEST_CASE("code points are counted, not bytes", "[utf8]") {
  CHECK(count_code_points("") == 0u);
  CHECK(count_code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == 4u);
}

TEST_CASE("the first fault of a text is reported", "[utf8]") {
  using rekey::TextFault;
  CHECK(rekey::find_text_fault("plain \xc3\xa9") == TextFault::kNone);
  CHECK(rekey::find_text_fault("a\xff\n") == TextFault::kNotUtf8);
  CHECK(rekey::find_text_fault("a\n\xff") == TextFault::kControlCharacter);
  CHECK(rekey::find_text_fault(std::string_view("a\0", 2)) == TextFault::kControlCharacter);
  CHECK(rekey::find_text_fault("\xc2\x9f") == TextFault::kControlCharacter);
  CHECK(rekey::find_text_fault("\xc2\xa0") == TextFault::kNone);
}
