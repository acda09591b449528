#include "shared/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/shared/trap.h"

using rekey::Error;
using rekey::Result;

TEST_CASE("a result holds its value or its error", "[result]") {
  const Result<std::string> good(std::string("text"));
  const Result<std::string> bad(Error::kTooLarge);
  CHECK(good);
  CHECK(good->size() == 4);
  CHECK(good.error() == Error::kNone);
  CHECK_FALSE(bad);
  CHECK(bad.error() == Error::kTooLarge);
}

TEST_CASE("a value that can only be moved is moved out", "[result]") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> value = std::move(result).value();
  CHECK(*value == 7);
}

TEST_CASE("reading the value of an error traps, and so does an error of kNone", "[result]") {
  const Result<int> bad(Error::kTooLarge);
  CHECK(rekey_test::traps([&] { (void)bad.value(); }));
  CHECK(rekey_test::traps([&] { (void)*bad; }));
  CHECK(rekey_test::traps([] { (void)Result<int>(Error::kNone); }));
}

TEST_CASE("the numbers of the errors are those of the module's ABI", "[result]") {
  CHECK(static_cast<int>(Error::kNone) == 0);
  CHECK(static_cast<int>(Error::kPasswordTooShort) == 6);
  CHECK(static_cast<int>(Error::kTokenMalformed) == 11);
  CHECK(static_cast<int>(Error::kSignatureMissing) == 14);
  CHECK(static_cast<int>(Error::kInvalidEncoding) == 19);
}
