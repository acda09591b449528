#include "shared/phrase_book.h"

#include <catch2/catch.hpp>

using rekey::Error;
using rekey::PhraseBook;

TEST_CASE("phrases are found by their keys, with blanks and equals signs kept", "[phrase_book]") {
  const auto book =
      PhraseBook::parse("# a comment\n\nreset.subject = Reset your password\nodd_1 =  a = b # c \nempty = \nlast = {{name}}");
  REQUIRE(book);
  REQUIRE(book->find("reset.subject") != nullptr);
  CHECK(*book->find("reset.subject") == "Reset your password");
  CHECK(*book->find("odd_1") == " a = b # c ");
  CHECK(book->find("empty")->empty());
  CHECK(*book->find("last") == "{{name}}");
  CHECK(book->find("reset") == nullptr);
  CHECK(book->all().size() == 4);
}

TEST_CASE("a malformed line is refused, not skipped", "[phrase_book]") {
  for (std::string_view line :
       {"a=b", "a =b", "a", " = b", " a = b", "A = b", "a-b = c", "a b = c", "\xc3\xa9 = c", " ", "\t", " # x"}) {
    const auto book = PhraseBook::parse("good = yes\n" + std::string(line) + "\n");
    REQUIRE_FALSE(book);
    CHECK(book.error() == Error::kWrongShape);
  }
}

TEST_CASE("a repeated key, a control character and invalid UTF-8 are refused", "[phrase_book]") {
  for (std::string_view text : {"a = b\na = b", "a = b\r\n", "a = b\tc", "a = b\x7f", "a = \xff", "# \xff", "a = \xc2\x85"}) {
    CHECK_FALSE(PhraseBook::parse(text));
  }
  CHECK_FALSE(PhraseBook::parse(std::string_view("a = \0", 5)));
}

TEST_CASE("an empty text is an empty book", "[phrase_book]") {
  const auto book = PhraseBook::parse("");
  REQUIRE(book);
  CHECK(book->all().empty());
}
