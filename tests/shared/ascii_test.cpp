#include "shared/codec/ascii.h"

#include <catch2/catch.hpp>

TEST_CASE("trimming removes only the named blanks, and only at the ends", "[ascii]") {
  CHECK(rekey::trim(" \ta b\t ") == "a b");
  CHECK(rekey::trim("a") == "a");
  CHECK(rekey::trim(" \t ").empty());
  CHECK(rekey::trim("").empty());
  CHECK(rekey::trim("a\r\n") == "a\r\n");
  CHECK(rekey::trim("\r a\r", " \t\r") == "a");
}

TEST_CASE("a list is cut at its separators, and two in a row enclose an empty item", "[ascii]") {
  std::string_view rest = "a,,b";
  CHECK(rekey::cut_until(rest, ',') == "a");
  CHECK(rekey::cut_until(rest, ',').empty());
  CHECK(rekey::cut_until(rest, ',') == "b");
  CHECK(rest.empty());
}

TEST_CASE("printable text holds visible characters and spaces alone, and is cut to its limit", "[ascii]") {
  CHECK(rekey::printable("Mozilla/5.0 (\x1b[31mX\n\xc3\xa9)", 100) == "Mozilla/5.0 ([31mX)");
  CHECK(rekey::printable("abcdef", 3) == "abc");
  CHECK(rekey::printable("\x7f\x80\t", 3).empty());
}
