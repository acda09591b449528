// The worked example of DESIGN.md, "The code".
#include <catch2/catch.hpp>

#include "shared/codec/encoding.h"
#include "shared/recovery_code.h"

using namespace rekey;

TEST_CASE("the worked example of DESIGN.md holds", "[recovery_code]") {
  ByteArray<32> seed_secret{};
  ByteArray<32> seed{};
  ByteArray<16> request{};
  seed.fill(0x5e);
  request.fill(0x5e);
  REQUIRE(from_base64url("ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM", seed_secret) == Error::kNone);
  const auto keys = *KeyRing::parse("7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  const auto code = RecoveryCode::derive(seed_secret, seed);
  CHECK(code.reveal() == "06716216");
  CHECK(mint_recovery_id(keys.signing_key(), request, 1'893'456'000).reveal() ==
        "AQdw29iAXl5eXl5eXl5eXl5eXl5eXgAAAAAAAAAAAAAAAAAAAAB4XekuDsJ6YGRa7Atcfxna");
  CHECK(code.prints(keys, "Xl5eXl5eXl5eXl5eXl5eXg").text() == "7:38c66d9c716a6f8d");
}
