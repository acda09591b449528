#include "shared/email_address.h"

#include <catch2/catch.hpp>

#include "shared/codec/ascii.h"
#include "tests/shared/seeded_random.h"

using rekey::EmailAddress;

namespace {

constexpr std::string_view kAddressLetters = "abAB09.-_+@%\"()<> \n";
constexpr std::string_view kEncodedWordLetters = "=?.+a";

// Returns: the number of accepted addresses.
int count_canonical(std::string_view letters) {
  rekey_test::SeededRandom random(10);
  int taken = 0;
  for (int round = 0; round < 1'000'000; ++round) {
    const auto address = EmailAddress::parse(random.text_of(letters, 1 + random.below(7)) + "@b.C");
    if (!address) continue;
    ++taken;
    const auto again = EmailAddress::parse(address->normalized());
    if (!again || again->normalized() != address->normalized() || again->text() != address->normalized()) FAIL(address->text());
    const auto key = EmailAddress::parse(address->limiter_key());
    if (!key || key->limiter_key() != address->limiter_key()) FAIL(address->text());
  }
  return taken;
}

}  // namespace

TEST_CASE("U07: the canonical form of a canonical form is itself", "[email_address]") {
  CHECK(count_canonical(kAddressLetters) > 10'000);
  CHECK(count_canonical(kEncodedWordLetters) > 10'000);
}

TEST_CASE("U19: addresses that differ in more than the case of letters stay different", "[email_address]") {
  rekey_test::SeededRandom random(11);
  for (int round = 0; round < 100'000; ++round) {
    const auto a = EmailAddress::parse(random.text_of("aAbB.", 3) + "@a.b");
    const auto b = EmailAddress::parse(random.text_of("aAbB.", 3) + "@a.b");
    if (!a || !b) continue;
    REQUIRE((a->normalized() == b->normalized()) == rekey::equal_ignoring_case(a->text(), b->text()));
  }
}

TEST_CASE("U20: variants of an address share one limit, but are different accounts", "[email_address]") {
  const auto plain = EmailAddress::parse("ada.lovelace@example.com");
  REQUIRE(plain);
  for (std::string_view text : {"Ada.Lovelace+news@example.com", "adalovelace@example.com", "a.d.a.lovelace+a+b@EXAMPLE.com"}) {
    const auto variant = EmailAddress::parse(text);
    REQUIRE(variant);
    CHECK(variant->limiter_key() == plain->limiter_key());
    CHECK(variant->normalized() != plain->normalized());
  }
  const auto other_domain = EmailAddress::parse("ada.lovelace@mail.example.com");
  REQUIRE(other_domain);
  CHECK(other_domain->limiter_key() != plain->limiter_key());
}

TEST_CASE("U13: no byte outside visible ASCII is taken anywhere in an address", "[email_address]") {
  const std::string address = "ada@example.com";
  for (std::size_t at = 0; at <= address.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      if (rekey::is_visible(static_cast<char>(byte))) continue;
      std::string text = address;
      text.insert(at, 1, static_cast<char>(byte));
      REQUIRE_FALSE(EmailAddress::parse(text));
    }
  }
}

TEST_CASE("the text keeps the case it was given in", "[email_address]") {
  const auto address = EmailAddress::parse("Ada.Lovelace@Example.COM");
  REQUIRE(address);
  CHECK(address->text() == "Ada.Lovelace@Example.COM");
  CHECK(address->normalized() == "ada.lovelace@example.com");
}
