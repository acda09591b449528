#include "shared/codec/ascii.h"

#include <catch2/catch.hpp>

TEST_CASE("a text is trimmed at its ends alone, and of the named blanks alone", "[ascii]") {
  CHECK(rekey::trim(" \ta b\t ") == "a b");
  CHECK(rekey::trim("a") == "a");
  CHECK(rekey::trim(" \t ").empty());
  CHECK(rekey::trim("").empty());
  CHECK(rekey::trim("a\r\n") == "a\r\n");
  CHECK(rekey::trim("\r a\r", " \t\r") == "a");
}

TEST_CASE("a list is cut at its separators, with empty items where two meet", "[ascii]") {
  std::string_view rest = "a,,b";
  CHECK(rekey::cut_until(rest, ',') == "a");
  CHECK(rekey::cut_until(rest, ',').empty());
  CHECK(rekey::cut_until(rest, ',') == "b");
  CHECK(rest.empty());
}

TEST_CASE("what is printable is visible or a space, and no longer than allowed", "[ascii]") {
  CHECK(rekey::printable("Mozilla/5.0 (\x1b[31mX\n\xc3\xa9)", 100) == "Mozilla/5.0 ([31mX)");
  CHECK(rekey::printable("abcdef", 3) == "abc");
  CHECK(rekey::printable("\x7f\x80\t", 3).empty());
}
