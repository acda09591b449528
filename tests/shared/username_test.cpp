#include "shared/username.h"

#include <catch2/catch.hpp>

#include "shared/codec/ascii.h"

TEST_CASE("letters, digits, hyphen and underscore make a user name, and no other byte", "[username]") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_allowed = rekey::is_letter_or_digit(c) || c == '-' || c == '_';
    CHECK(static_cast<bool>(rekey::Username::parse(std::string("ab") + c)) == is_allowed);
    CHECK(static_cast<bool>(rekey::Username::parse(c + std::string("ab"))) == rekey::is_letter_or_digit(c));
  }
}

TEST_CASE("a user name has 3 to 50 characters", "[username]") {
  for (std::size_t size = 0; size < 60; ++size) {
    CHECK(static_cast<bool>(rekey::Username::parse(std::string(size, 'a'))) == (size >= 3 && size <= 50));
  }
}

TEST_CASE("the case of a user name is kept", "[username]") {
  const auto name = rekey::Username::parse("Ada-L");
  REQUIRE(name);
  CHECK(name->text() == "Ada-L");
}
