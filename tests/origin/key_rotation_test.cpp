#include "origin/commands/key_rotation.h"

#include <catch2/catch.hpp>

#include "shared/key_ring.h"
#include "shared/token.h"
#include "tests/origin/store_world.h"

namespace rekey::test {
namespace {

const std::string kKeyA = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string kKeyB = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string step(const std::string& keys, RotationStep next) {
  NumberedRandom random;
  return next_keys(keys, next, random).value();
}

Error refusal_of(const std::string& keys, RotationStep next) {
  NumberedRandom random;
  return next_keys(keys, next, random).error();
}

TokenText token_of(const std::string& keys) {
  return mint_token(KeyRing::parse(keys).value().signing_key(), TokenPurpose::kReset, 2, {});
}

bool verifies(const std::string& keys, const TokenText& token) {
  return static_cast<bool>(verify_token(KeyRing::parse(keys).value(), TokenPurpose::kReset, token.reveal(), 1));
}

}  // namespace

TEST_CASE("through all three steps neighbours, one step apart, verify each other's tokens", "[key_rotation]") {
  const std::string before = "1:" + kKeyA;
  const std::string added = step(before, RotationStep::kAdd);
  const std::string signing = step(added, RotationStep::kSign);
  const std::string after = step(signing, RotationStep::kDrop);
  const std::string order[] = {before, added, signing, after};
  for (std::size_t i = 0; i + 1 < std::size(order); ++i) {
    CHECK(verifies(order[i + 1], token_of(order[i])));
    CHECK(verifies(order[i], token_of(order[i + 1])));
  }
  CHECK_FALSE(verifies(after, token_of(before)));
  CHECK(after.starts_with("2:"));
  CHECK(after.find(',') == after.npos);
}

TEST_CASE("a new key gets the lowest free id, and is new each time", "[key_rotation]") {
  CHECK(step("2:" + kKeyA, RotationStep::kAdd).starts_with("2:" + kKeyA + ",1:"));
  CHECK(step("1:" + kKeyA + ",3:" + kKeyB, RotationStep::kAdd).find(",2:") != std::string::npos);
  NumberedRandom random;
  CHECK(new_key(random) != new_key(random));
}

TEST_CASE("a step that does not fit is refused", "[key_rotation]") {
  CHECK(refusal_of("1:" + kKeyA, RotationStep::kSign) == Error::kWrongShape);
  CHECK(refusal_of("1:" + kKeyA, RotationStep::kDrop) == Error::kWrongShape);
  std::string full = "1:" + kKeyA;
  while (KeyRing::parse(full).value().find(8) == nullptr) full = step(full, RotationStep::kAdd);
  CHECK(refusal_of(full, RotationStep::kAdd) == Error::kWrongShape);
  CHECK(refusal_of(kKeyA, RotationStep::kAdd) == Error::kInvalidKeyRing);
  CHECK(refusal_of("1:short", RotationStep::kAdd) == Error::kInvalidKeyRing);
  CHECK(refusal_of("", RotationStep::kAdd) == Error::kInvalidKeyRing);
}

}  // namespace rekey::test
