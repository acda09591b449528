#include "shared/key_fingerprints.h"

#include <catch2/catch.hpp>
#include <string>

#include "shared/codec/encoding.h"

using rekey::Error;
using rekey::KeyFingerprints;
using rekey::KeyRing;

namespace {

const std::string kSalt = "AbCdEfGhIjKlMnOpQrStUv";

KeyRing ring_of(const std::string& text) {
  const auto ring = KeyRing::parse(text);
  REQUIRE(ring);
  return *ring;
}

std::string key_of(char filling) { return rekey::to_base64url(rekey::as_bytes(std::string(32, filling))); }

KeyFingerprints prints_of(const std::string& ring, const std::string& salt = kSalt) {
  return KeyFingerprints::of(ring_of(ring), salt);
}

Error error_of(const std::string& text) {
  const auto prints = KeyFingerprints::parse(text);
  return prints ? Error::kNone : prints.error();
}

}  // namespace

TEST_CASE("fingerprints are read as they were written", "[key_fingerprints]") {
  const auto prints = prints_of("2:" + key_of('b') + ",1:" + key_of('a'));
  const auto text = prints.text();
  CHECK(text.size() == 2 * 18 + 1);
  CHECK(text.starts_with("2:"));
  const auto read = KeyFingerprints::parse(text);
  REQUIRE(read);
  CHECK(read->text() == text);
  CHECK(read->signing() == prints.signing());
  CHECK(read->are_of_the_keys_of(prints));
}

TEST_CASE("a fingerprint is the HMAC that key_fingerprints.h describes", "[key_fingerprints]") {
  // printf 'rekey key fingerprint v1\0AbCdEfGhIjKlMnOpQrStUv' | openssl dgst -sha256 -mac HMAC -macopt key:$(printf 'a%.0s'
  // {1..32})
  CHECK(prints_of("1:" + key_of('a')).text() == "1:f54bc41ac84f49ae");
}

TEST_CASE("the same key has another fingerprint under another salt", "[key_fingerprints]") {
  const auto first = prints_of("1:" + key_of('a'));
  const auto second = prints_of("1:" + key_of('a'), "AbCdEfGhIjKlMnOpQrStUw");
  CHECK_FALSE(second.hold(first.signing()));
  CHECK(prints_of("1:" + key_of('a')).hold(first.signing()));
}

TEST_CASE("a list holds a key only under the same id", "[key_fingerprints]") {
  const auto list = prints_of("1:" + key_of('a') + ",2:" + key_of('b'));
  CHECK(list.hold(prints_of("2:" + key_of('b')).signing()));
  CHECK_FALSE(list.hold(prints_of("3:" + key_of('b')).signing()));
  CHECK_FALSE(list.hold(prints_of("2:" + key_of('c')).signing()));
}

TEST_CASE("two lists contradict each other if an id stands for two keys, and not in any step of a rotation",
          "[key_fingerprints]") {
  const auto before = prints_of("1:" + key_of('a'));
  const auto appended = prints_of("1:" + key_of('a') + ",2:" + key_of('b'));
  const auto moved = prints_of("2:" + key_of('b') + ",1:" + key_of('a'));
  const auto after = prints_of("2:" + key_of('b'));
  for (const auto* one : {&before, &appended, &moved, &after}) {
    for (const auto* other : {&before, &appended, &moved, &after}) CHECK_FALSE(one->contradict(*other));
  }
  const auto mistaken = prints_of("1:" + key_of('a') + ",2:" + key_of('c'));
  CHECK(mistaken.contradict(appended));
  CHECK(appended.contradict(mistaken));
  CHECK_FALSE(mistaken.contradict(before));
}

TEST_CASE("lists of the same keys are equal in any order, others are not", "[key_fingerprints]") {
  const auto list = prints_of("1:" + key_of('a') + ",2:" + key_of('b'));
  CHECK(list.are_of_the_keys_of(prints_of("2:" + key_of('b') + ",1:" + key_of('a'))));
  CHECK_FALSE(list.are_of_the_keys_of(prints_of("1:" + key_of('a'))));
  CHECK_FALSE(prints_of("1:" + key_of('a')).are_of_the_keys_of(list));
  CHECK_FALSE(list.are_of_the_keys_of(prints_of("1:" + key_of('a') + ",3:" + key_of('b'))));
}

TEST_CASE("a text that no list has is refused", "[key_fingerprints]") {
  const std::string good = "1:0123456789abcdef";
  CHECK(error_of(good) == Error::kNone);
  for (const auto& bad :
       {std::string(), good + ",", "," + good, good + "0", good.substr(0, 17), good + "," + good,
        std::string("1:0123456789ABCDEF"), std::string("256:0123456789abcdef"), std::string("01:0123456789abcdef"),
        std::string(":0123456789abcdef"), std::string("0123456789abcdef"), "1: " + good.substr(3)}) {
    INFO(bad);
    CHECK(error_of(bad) == Error::kInvalidKeyRing);
  }
  std::string list = good;
  for (int id = 2; id <= 8; ++id) list += "," + std::to_string(id) + ":0123456789abcdef";
  CHECK(error_of(list) == Error::kNone);
  CHECK(error_of(list + ",9:0123456789abcdef") == Error::kInvalidKeyRing);
}
