#include "shared/key_ring.h"

#include <catch2/catch.hpp>
#include <string>

#include "shared/codec/encoding.h"

using rekey::Error;
using rekey::KeyRing;

namespace {

std::string key_of(std::size_t size, char filling) { return rekey::to_base64url(rekey::as_bytes(std::string(size, filling))); }

Error error_of(const std::string& text) {
  const auto ring = KeyRing::parse(text);
  return ring ? Error::kNone : ring.error();
}

}  // namespace

TEST_CASE("the first key of a list signs and every one is found by its id", "[key_ring]") {
  const auto ring = KeyRing::parse("2:" + key_of(32, 'b') + ",1:" + key_of(64, 'a'));
  REQUIRE(ring);
  CHECK(ring->signing_key().id == 2);
  REQUIRE(ring->find(1) != nullptr);
  CHECK(rekey::as_text(ring->find(1)->bytes()) == std::string(64, 'a'));
  CHECK(rekey::as_text(ring->find(2)->bytes()) == std::string(32, 'b'));
  CHECK(ring->find(3) == nullptr);
  CHECK(ring->find(0) == nullptr);
}

TEST_CASE("a bare key has id 0", "[key_ring]") {
  const auto ring = KeyRing::parse(key_of(32, 'a'));
  REQUIRE(ring);
  CHECK(ring->signing_key().id == 0);
  CHECK(ring->find(0) == &ring->signing_key());
}

TEST_CASE("a key of fewer than 32 or more than 64 bytes is refused", "[key_ring]") {
  for (const std::string id : {"", "1:"}) {
    CHECK(error_of(id + key_of(31, 'a')) == Error::kInvalidKeyRing);
    CHECK(error_of(id + key_of(32, 'a')) == Error::kNone);
    CHECK(error_of(id + key_of(64, 'a')) == Error::kNone);
    CHECK(error_of(id + key_of(65, 'a')) == Error::kInvalidKeyRing);
  }
}

TEST_CASE("eight keys are taken and nine are refused", "[key_ring]") {
  std::string list = "1:" + key_of(32, 'a');
  for (int id = 2; id <= 8; ++id) list += "," + std::to_string(id) + ":" + key_of(32, 'a');
  CHECK(error_of(list) == Error::kNone);
  CHECK(error_of(list + ",9:" + key_of(32, 'a')) == Error::kInvalidKeyRing);
}

TEST_CASE("two keys under one id are refused", "[key_ring]") {
  CHECK(error_of("1:" + key_of(32, 'a') + ",2:" + key_of(32, 'b') + ",1:" + key_of(32, 'c')) == Error::kInvalidKeyRing);
}

TEST_CASE("a list that is empty or malformed is refused", "[key_ring]") {
  CHECK(error_of("") == Error::kInvalidKeyRing);
  CHECK(error_of(",") == Error::kInvalidKeyRing);
  CHECK(error_of("1:" + key_of(32, 'a') + ",") == Error::kInvalidKeyRing);
  CHECK(error_of("," + key_of(32, 'a')) == Error::kInvalidKeyRing);
  CHECK(error_of("0:" + key_of(32, 'a')) == Error::kInvalidKeyRing);
  CHECK(error_of("1:" + key_of(32, 'a') + "=") == Error::kInvalidKeyRing);
}

TEST_CASE("a key shared by two lists is found under different ids", "[key_ring]") {
  const auto ring = KeyRing::parse("1:" + key_of(32, 'a') + ",2:" + key_of(32, 'b'));
  const auto renamed = KeyRing::parse("9:" + key_of(32, 'b'));
  const auto other = KeyRing::parse("1:" + key_of(32, 'c'));
  const auto longer = KeyRing::parse("1:" + key_of(33, 'b'));
  REQUIRE((ring && renamed && other && longer));
  CHECK(ring->shares_a_key_with(*renamed));
  CHECK(renamed->shares_a_key_with(*ring));
  CHECK_FALSE(ring->shares_a_key_with(*other));
  CHECK_FALSE(ring->shares_a_key_with(*longer));
  CHECK(ring->holds(renamed->signing_key().bytes()));
  CHECK_FALSE(ring->holds({}));
}
