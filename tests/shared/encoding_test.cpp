#include "shared/codec/encoding.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/shared/seeded_random.h"

using rekey::as_bytes;
using rekey::Error;

namespace {

using Decoder = Error (*)(std::string_view, rekey::MutableBytes);

// In: how many bytes the text should hold.
Error decode(Decoder decoder, std::string_view text, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  return decoder(text, out);
}

void check_inverse(Decoder decoder, std::string (*encoder)(rekey::Bytes), std::uint64_t seed) {
  rekey_test::SeededRandom random(seed);
  for (int round = 0; round < 2000; ++round) {
    const std::string bytes = random.bytes(random.below(100));
    std::vector<std::uint8_t> decoded(bytes.size());
    REQUIRE(decoder(encoder(as_bytes(bytes)), decoded) == Error::kNone);
    REQUIRE(rekey::as_text(decoded) == bytes);
  }
}

}  // namespace

TEST_CASE("base64 gives the texts of RFC 4648, section 10", "[encoding]") {
  CHECK(rekey::to_base64(as_bytes("")).empty());
  CHECK(rekey::to_base64(as_bytes("f")) == "Zg==");
  CHECK(rekey::to_base64(as_bytes("fo")) == "Zm8=");
  CHECK(rekey::to_base64(as_bytes("foo")) == "Zm9v");
  CHECK(rekey::to_base64(as_bytes("foob")) == "Zm9vYg==");
  CHECK(rekey::to_base64(as_bytes("fooba")) == "Zm9vYmE=");
  CHECK(rekey::to_base64(as_bytes("foobar")) == "Zm9vYmFy");
  CHECK(rekey::to_base64url(as_bytes("fooba")) == "Zm9vYmE");
  CHECK(rekey::to_base64url(as_bytes("\xfb\xff")) == "-_8");
  CHECK(rekey::to_base64(as_bytes("\xfb\xff")) == "+/8=");
  CHECK(rekey::to_hex(as_bytes("foobar")) == "666f6f626172");
}

TEST_CASE("decoding gives back what was encoded", "[encoding]") {
  check_inverse(rekey::from_base64url, rekey::to_base64url, 3);
  check_inverse(rekey::from_base64, rekey::to_base64, 4);
  check_inverse(rekey::from_hex, rekey::to_hex, 5);
}

TEST_CASE("a text that decodes is the one spelling of its bytes", "[encoding]") {
  rekey_test::SeededRandom random(6);
  for (int round = 0; round < 200'000; ++round) {
    const std::string text = random.text_of("ABwx89-_+/=", random.below(9));
    for (std::size_t size = 0; size < 7; ++size) {
      std::vector<std::uint8_t> out(size);
      if (rekey::from_base64url(text, out) == Error::kNone) REQUIRE(rekey::to_base64url(out) == text);
      if (rekey::from_base64(text, out) == Error::kNone) REQUIRE(rekey::to_base64(out) == text);
    }
  }
}

TEST_CASE("T04: spare bits that are set are refused", "[encoding]") {
  CHECK(decode(rekey::from_base64url, "Zg", 1) == Error::kNone);
  CHECK(decode(rekey::from_base64url, "Zh", 1) == Error::kInvalidEncoding);
  CHECK(decode(rekey::from_base64url, "Zm8", 2) == Error::kNone);
  CHECK(decode(rekey::from_base64url, "Zm9", 2) == Error::kInvalidEncoding);
  CHECK(decode(rekey::from_base64, "Zh==", 1) == Error::kInvalidEncoding);
}

TEST_CASE("padding, white space and the other alphabet are refused", "[encoding]") {
  for (std::string_view text : {"Zg==", "Zg=", "Z g", " Zg", "Zg\n", "Z", "+g", "/g", "Z\xc3", "Zg%3D"}) {
    CHECK(decode(rekey::from_base64url, text, 1) == Error::kInvalidEncoding);
  }
  for (std::string_view text : {"Zg", "Zg=", "Zg===", "Z===", "====", "-g==", "_g==", "Zg==\n", "=Zg=", "Zg=A", "Zm8="}) {
    CHECK(decode(rekey::from_base64, text, 1) == Error::kInvalidEncoding);
  }
  CHECK(decode(rekey::from_base64, "Zg==", 2) == Error::kInvalidEncoding);
  CHECK(decode(rekey::from_base64, "Zg==Zg==", 4) == Error::kInvalidEncoding);
}

TEST_CASE("hex is read only in lower case and at its full length", "[encoding]") {
  CHECK(decode(rekey::from_hex, "0aff", 2) == Error::kNone);
  for (std::string_view text : {"0AFF", "0aF", "0af", "0aff0", "0x0a", "0ag0", " 0af", ""}) {
    CHECK(decode(rekey::from_hex, text, 2) == Error::kInvalidEncoding);
  }
}

TEST_CASE("a length that no encoding has is refused", "[encoding]") {
  CHECK(rekey::base64url_decoded_size(72) == 54u);
  CHECK(rekey::base64url_decoded_size(0) == 0u);
  CHECK(rekey::base64url_decoded_size(2) == 1u);
  CHECK(rekey::base64url_decoded_size(3) == 2u);
  CHECK_FALSE(rekey::base64url_decoded_size(1));
  CHECK_FALSE(rekey::base64url_decoded_size(73));
}
