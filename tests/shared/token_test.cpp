#include "shared/token.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "shared/codec/encoding.h"
#include "tests/shared/seeded_random.h"

using rekey::Error;
using rekey::TokenPurpose;

namespace {

constexpr rekey::UnixSeconds kExpiry = 1893456000;
constexpr std::string_view kKeyText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

rekey::KeyRing make_ring(const std::string& text) {
  const auto ring = rekey::KeyRing::parse(text);
  REQUIRE(ring);
  return *ring;
}

rekey::KeyRing seventh() { return make_ring("7:" + std::string(kKeyText)); }

rekey::TokenText make_token(const rekey::KeyRing& keys, TokenPurpose purpose) {
  rekey::TokenRandom random{};
  rekey_test::SeededRandom(7).fill(random);
  return rekey::mint_token(keys.signing_key(), purpose, kExpiry, random);
}

Error verdict(const rekey::KeyRing& keys, TokenPurpose purpose, std::string_view text, rekey::UnixSeconds now = kExpiry - 1) {
  const auto token = rekey::verify_token(keys, purpose, text, now);
  return token ? Error::kNone : token.error();
}

}  // namespace

TEST_CASE("a minted token is verified with its expiry, key and hash", "[token]") {
  const auto keys = seventh();
  const auto text = make_token(keys, TokenPurpose::kReset);
  const auto token = rekey::verify_token(keys, TokenPurpose::kReset, text.reveal(), kExpiry - 1);
  REQUIRE(token);
  CHECK(token->expires_at == kExpiry);
  CHECK(token->key_id == 7);
  CHECK(token->hash == text.hash());
  CHECK(token->hash == rekey::sha256({rekey::as_bytes(text.reveal())}));
}

TEST_CASE("T02: a token with any one bit flipped is refused", "[token][B9]") {
  const auto keys = seventh();
  const auto text = make_token(keys, TokenPurpose::kReset);
  rekey::ByteArray<54> bytes{};
  REQUIRE(rekey::from_base64url(text.reveal(), bytes) == Error::kNone);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const Error error = verdict(keys, TokenPurpose::kReset, rekey::to_base64url(flipped));
    REQUIRE(error == (bit < 8 ? Error::kTokenMalformed : Error::kTokenForged));
  }
}

TEST_CASE("T04: a token with any one character replaced by any other is refused", "[token]") {
  const auto keys = seventh();
  const std::string text(make_token(keys, TokenPurpose::kReset).reveal());
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string other = text;
      other[at] = static_cast<char>(byte);
      if (other != text) REQUIRE(verdict(keys, TokenPurpose::kReset, other) != Error::kNone);
    }
  }
}

TEST_CASE("T13: a token serves its own purpose and no other", "[token]") {
  const auto keys = seventh();
  constexpr TokenPurpose kAll[] = {TokenPurpose::kReset, TokenPurpose::kSession, TokenPurpose::kRecovery, TokenPurpose::kDevice};
  for (TokenPurpose made_for : kAll) {
    for (TokenPurpose used_for : kAll) {
      const Error expected = made_for == used_for ? Error::kNone : Error::kTokenForged;
      CHECK(verdict(keys, used_for, make_token(keys, made_for).reveal()) == expected);
    }
  }
}

TEST_CASE("T05: a token lives until the second before its expiry", "[token]") {
  const auto keys = seventh();
  const auto text = make_token(keys, TokenPurpose::kReset);
  CHECK(verdict(keys, TokenPurpose::kReset, text.reveal(), kExpiry - 1) == Error::kNone);
  CHECK(verdict(keys, TokenPurpose::kReset, text.reveal(), kExpiry) == Error::kTokenExpired);
  CHECK(verdict(keys, TokenPurpose::kReset, text.reveal(), kExpiry + 1) == Error::kTokenExpired);
}

TEST_CASE("T17: a rotated key verifies until it is removed", "[token]") {
  const std::string older = "7:" + std::string(kKeyText);
  const std::string newer = "8:" + std::string(kKeyText).replace(0, 4, "ZZZZ");
  const auto text = make_token(make_ring(older), TokenPurpose::kReset);
  CHECK(verdict(make_ring(older + "," + newer), TokenPurpose::kReset, text.reveal()) == Error::kNone);
  CHECK(verdict(make_ring(newer + "," + older), TokenPurpose::kReset, text.reveal()) == Error::kNone);
  CHECK(verdict(make_ring(newer), TokenPurpose::kReset, text.reveal()) == Error::kTokenForged);
}

TEST_CASE("a text of another length is malformed", "[token]") {
  const auto keys = seventh();
  const std::string text(make_token(keys, TokenPurpose::kReset).reveal());
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK(verdict(keys, TokenPurpose::kReset, text.substr(0, size)) == Error::kTokenMalformed);
  }
  CHECK(verdict(keys, TokenPurpose::kReset, text + "A") == Error::kTokenMalformed);
  CHECK(verdict(keys, TokenPurpose::kReset, text + text) == Error::kTokenMalformed);
}

TEST_CASE("T01: tokens with different random parts differ, and have one length", "[token]") {
  const auto keys = seventh();
  rekey_test::SeededRandom random(8);
  std::set<std::string> seen;
  for (int round = 0; round < 20'000; ++round) {
    rekey::TokenRandom part{};
    random.fill(part);
    const auto text = rekey::mint_token(keys.signing_key(), TokenPurpose::kSession, kExpiry, part);
    REQUIRE(verdict(keys, TokenPurpose::kSession, text.reveal()) == Error::kNone);
    REQUIRE(seen.insert(std::string(text.reveal())).second);
  }
}

TEST_CASE("verifying a token gives its chain: the first bytes of its random part", "[token]") {
  const auto keys = seventh();
  rekey::TokenRandom random{};
  for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<std::uint8_t>(0xa0 + i);
  const auto text = rekey::mint_token(keys.signing_key(), TokenPurpose::kSession, kExpiry, random);
  const auto token = rekey::verify_token(keys, TokenPurpose::kSession, text.reveal(), kExpiry - 1);
  REQUIRE(token);
  CHECK(token->chain == rekey::TokenChain{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7});
}

TEST_CASE("the next random part keeps the chain, and all else is fresh", "[token]") {
  const rekey::TokenChain chain{1, 2, 3, 4, 5, 6, 7, 8};
  rekey::TokenRandom fresh{};
  rekey_test::SeededRandom(10).fill(fresh);
  const auto continued = rekey::continue_chain(chain, fresh);
  CHECK(std::equal(chain.begin(), chain.end(), continued.begin()));
  CHECK(std::equal(fresh.begin() + chain.size(), fresh.end(), continued.begin() + chain.size()));
  CHECK(continued != fresh);
}

TEST_CASE("random bytes under a known version and key id are a forged token", "[token]") {
  const auto keys = seventh();
  rekey_test::SeededRandom random(9);
  for (int round = 0; round < 20'000; ++round) {
    rekey::ByteArray<54> bytes{};
    random.fill(bytes);
    bytes[0] = 1;
    bytes[1] = 7;
    REQUIRE(verdict(keys, TokenPurpose::kReset, rekey::to_base64url(bytes), 0) == Error::kTokenForged);
  }
}

TEST_CASE("the expiry is read without a key, unverified", "[token]") {
  const auto text = make_token(seventh(), TokenPurpose::kReset);
  const auto expires_at = rekey::read_token_expiry(text.reveal());
  REQUIRE(expires_at);
  CHECK(*expires_at == kExpiry);
  CHECK(rekey::read_token_expiry(text.reveal().substr(1)).error() == Error::kTokenMalformed);
}

TEST_CASE("another seed or another secret gives another random part", "[token]") {
  rekey::ByteArray<32> seed{};
  const auto random = rekey::derive_token_random(rekey::as_bytes("a secret"), seed);
  CHECK(random == rekey::derive_token_random(rekey::as_bytes("a secret"), seed));
  CHECK(random != rekey::derive_token_random(rekey::as_bytes("b secret"), seed));
  seed[31] = 1;
  CHECK(random != rekey::derive_token_random(rekey::as_bytes("a secret"), seed));
}
