#include "shared/username.h"

#include <catch2/catch.hpp>

#include "shared/codec/ascii.h"

TEST_CASE("letters, digits, hyphen and underscore make a user name, and no other byte", "[username]") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_separator = c == '-' || c == '_';
    CHECK(static_cast<bool>(rekey::Username::parse(std::string("a") + c + "b")) ==
          (rekey::is_letter_or_digit(c) || is_separator));
    CHECK(static_cast<bool>(rekey::Username::parse(std::string("ab") + c)) == rekey::is_letter_or_digit(c));
    CHECK(static_cast<bool>(rekey::Username::parse(c + std::string("ab"))) == rekey::is_letter_or_digit(c));
  }
}

TEST_CASE("a user name has 3 to 30 characters", "[username]") {
  for (std::size_t size = 0; size < 60; ++size) {
    CHECK(static_cast<bool>(rekey::Username::parse(std::string(size, 'a'))) == (size >= 3 && size <= 30));
  }
}

TEST_CASE("a user name holds four digits in a row and no more, wherever they stand", "[username]") {
  for (std::size_t size = 1; size < 9; ++size) {
    const std::string digits(size, '7');
    for (const std::string& name : {"ab" + digits, digits + "ab", "ab" + digits + "ab", "ab-" + digits}) {
      CAPTURE(name);
      CHECK(static_cast<bool>(rekey::Username::parse(name)) == (size <= 4));
    }
  }
}

TEST_CASE("the case of a user name is kept", "[username]") {
  const auto name = rekey::Username::parse("Ada-L");
  REQUIRE(name);
  CHECK(name->text() == "Ada-L");
}
