#include "shared/sha256.h"

#include <catch2/catch.hpp>
#include <string>

#include "shared/codec/encoding.h"
#include "tests/shared/seeded_random.h"

using rekey::as_bytes;
using rekey::to_hex;

namespace {

std::string hash(std::string_view text) { return to_hex(rekey::sha256({as_bytes(text)})); }

std::string mac(std::string_view key, std::string_view message) {
  return to_hex(rekey::hmac_sha256(as_bytes(key), {as_bytes(message)}));
}

std::string repeat(char byte, std::size_t count) { return std::string(count, byte); }

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180", "[sha256]") {
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(repeat('a', 1'000'000)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231, section 4", "[sha256]") {
  const std::string key4 = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19";
  CHECK(mac(repeat('\x0b', 20), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(mac("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac(repeat('\xaa', 20), repeat('\xdd', 50)) == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(mac(key4, repeat('\xcd', 50)) == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(mac(repeat('\x0c', 20), "Test With Truncation").substr(0, 32) == "a3b6167473100ee06e0c796c2955552b");
  CHECK(mac(repeat('\xaa', 131), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(mac(repeat('\xaa', 131),
            "This is a test using a larger than block-size key and a larger than block-size data. "
            "The key needs to be hashed before being used by the HMAC algorithm.") ==
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST_CASE("a message in pieces has the digest and the code of the whole", "[sha256]") {
  rekey_test::SeededRandom random(2);
  for (int round = 0; round < 500; ++round) {
    const std::string text = random.bytes(random.below(300));
    const rekey::Bytes whole = as_bytes(text);
    const std::size_t cut = random.below(text.size() + 1);
    REQUIRE(rekey::sha256({whole.first(cut), whole.subspan(cut)}) == rekey::sha256({whole}));
    REQUIRE(rekey::hmac_sha256(as_bytes("key"), {whole.first(cut), {}, whole.subspan(cut)}) ==
            rekey::hmac_sha256(as_bytes("key"), {whole}));
  }
}

TEST_CASE("another key of the same length gives another code", "[sha256]") {
  CHECK(mac("key a", "message") != mac("key b", "message"));
}
