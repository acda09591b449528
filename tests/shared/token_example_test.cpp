// The worked example of DESIGN.md, "The token": the document and the code say the same.
#include <algorithm>
#include <catch2/catch.hpp>

#include "shared/codec/encoding.h"
#include "shared/token.h"

namespace {

constexpr rekey::UnixSeconds kNewYear2030 = 1893456000;

}  // namespace

TEST_CASE("the worked example of the design document comes out of the code", "[token]") {
  const auto keys = rekey::KeyRing::parse("7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  REQUIRE(keys);
  rekey::ByteArray<32> seed_secret{};
  REQUIRE(rekey::from_base64url("ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM", seed_secret) == rekey::Error::kNone);
  rekey::ByteArray<32> seed{};
  std::fill(seed.begin(), seed.end(), 0x5e);

  const auto random = rekey::derive_token_random(seed_secret, seed);
  CHECK(rekey::to_hex(random) == "edaaff272f6349d56b05c1914843f37c59790c6d8c7231155935075381a7a7e7");

  const auto token = rekey::mint_token(keys->signing_key(), rekey::TokenPurpose::kReset, kNewYear2030, random);
  CHECK(token.reveal() == "AQdw29iA7ar_Jy9jSdVrBcGRSEPzfFl5DG2McjEVWTUHU4Gnp-ccwQwns5o6gt_0A8ciL0ar");
  CHECK(rekey::to_hex(token.hash()) == "9a7c2689b9eb2c5c6c1580b4e04f970e4e003258b5fa455b1c8931b7b1fdf5df");

  CHECK(rekey::verify_token(*keys, rekey::TokenPurpose::kReset, token.reveal(), kNewYear2030 - 1));
  CHECK(rekey::verify_token(*keys, rekey::TokenPurpose::kReset, token.reveal(), kNewYear2030).error() ==
        rekey::Error::kTokenExpired);
  CHECK(rekey::verify_token(*keys, rekey::TokenPurpose::kSession, token.reveal(), 0).error() == rekey::Error::kTokenForged);
}
