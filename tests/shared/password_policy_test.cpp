#include "shared/password_policy.h"

#include <catch2/catch.hpp>
#include <string>

#include "shared/codec/utf8.h"
#include "tests/shared/seeded_random.h"

using rekey::check_password;
using rekey::Error;
using rekey::PasswordContext;

TEST_CASE("A4: each refusal has its word", "[password_policy]") {
  CHECK(rekey::password_reason(Error::kPasswordTooShort) == "too_short");
  CHECK(rekey::password_reason(Error::kPasswordTooLong) == "too_long");
  CHECK(rekey::password_reason(Error::kPasswordTooManyBytes) == "too_many_bytes");
  CHECK(rekey::password_reason(Error::kPasswordNotText) == "not_text");
  CHECK(rekey::password_reason(Error::kPasswordCommon) == "common");
  CHECK(rekey::password_reason(Error::kPasswordPersonal) == "personal");
}

TEST_CASE("B9: eight characters are enough and seven are not", "[password_policy]") {
  CHECK(check_password("zq8#Kd0v", {}) == Error::kNone);
  CHECK(check_password("zq8#Kd0", {}) == Error::kPasswordTooShort);
}

TEST_CASE("length is counted in code points", "[password_policy]") {
  const std::string wide = "\xf0\x9f\x98\x80";
  for (std::size_t least : {std::size_t{8}, std::size_t{12}, rekey::kMaxPasswordMinLength}) {
    PasswordContext context;
    context.min_length = least;
    std::string password;
    for (std::size_t i = 1; i < least; ++i) password += wide;
    CHECK(check_password(password, context) == Error::kPasswordTooShort);
    CHECK(check_password(password + wide, context) == Error::kNone);
  }
}

TEST_CASE("a common password stays common in any mix of cases", "[password_policy]") {
  rekey_test::SeededRandom random(12);
  for (int round = 0; round < 200; ++round) {
    std::string password = "iloveyou";
    for (char& c : password) {
      if (random.below(2) == 0) c = static_cast<char>(c - 'a' + 'A');
    }
    CHECK(check_password(password, {}) == Error::kPasswordCommon);
  }
}

TEST_CASE("personal data as a password is refused; a password that merely contains it is not", "[password_policy]") {
  const PasswordContext context{"ada.lovelace@example.com", "countess", "Rekey Demo"};
  for (std::string_view password : {"ada.lovelace@example.com", "ADA.LOVELACE", "Countess", "rekey demo"}) {
    CHECK(check_password(password, context) == Error::kPasswordPersonal);
    CHECK(check_password(std::string(password) + "!", context) == Error::kNone);
    CHECK(check_password("!" + std::string(password), context) == Error::kNone);
    CHECK(check_password(password, {}) == Error::kNone);
  }
}

TEST_CASE("any bytes get a verdict", "[password_policy]") {
  rekey_test::SeededRandom random(13);
  for (int round = 0; round < 20'000; ++round) {
    const std::string password = random.bytes(random.below(40));
    const Error error = check_password(password, {});
    REQUIRE((error == Error::kPasswordNotText) == (rekey::find_text_fault(password) != rekey::TextFault::kNone));
  }
}
