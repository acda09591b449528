#include "shared/message_signature.h"

#include <catch2/catch.hpp>
#include <vector>

#include "shared/codec/encoding.h"
#include "tests/shared/seeded_random.h"
#include "tests/shared/trap.h"

using rekey::Error;

namespace {

constexpr rekey::UnixSeconds kCreated = 1'700'000'000;
constexpr rekey::SignedCall kCall{"POST", "/internal/forgot-password", "{\"input\":{}}"};

rekey::KeyRing make_ring() {
  const auto ring = rekey::KeyRing::parse("7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  REQUIRE(ring);
  return *ring;
}

Error verdict(const rekey::KeyRing& keys, const rekey::SignedFields& fields) {
  const auto nonce = rekey::verify_call(keys, kCall, {fields.content_digest, fields.signature_input, fields.signature}, kCreated);
  return nonce ? Error::kNone : nonce.error();
}

}  // namespace

TEST_CASE("HMAC gives the signature of RFC 9421, appendix B.2.5", "[message_signature]") {
  std::vector<std::uint8_t> secret(64);
  REQUIRE(rekey::from_base64("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
                             secret) == Error::kNone);
  const std::string_view base =
      "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n"
      "\"@authority\": example.com\n"
      "\"content-type\": application/json\n"
      "\"@signature-params\": (\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"";
  CHECK(rekey::hmac_signature(secret, base) == "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
}

TEST_CASE("a signed call is verified and gives its nonce", "[message_signature]") {
  const auto keys = make_ring();
  const auto fields = rekey::sign_call(keys.signing_key(), kCall, kCreated, "a-nonce_0");
  const auto nonce = rekey::verify_call(keys, kCall, {fields.content_digest, fields.signature_input, fields.signature}, kCreated);
  REQUIRE(nonce);
  CHECK(*nonce == "a-nonce_0");
}

TEST_CASE("the digest is the one of RFC 9530, appendix A", "[message_signature]") {
  const auto fields = rekey::sign_call(make_ring().signing_key(), {"POST", "/", "{\"hello\": \"world\"}\n"}, 0, "n");
  CHECK(fields.content_digest == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}

TEST_CASE("O13: a call with any byte of any field changed is refused", "[message_signature]") {
  const auto keys = make_ring();
  const auto good = rekey::sign_call(keys.signing_key(), kCall, kCreated, "AAECAwQFBgcICQoLDA0ODw");
  REQUIRE(verdict(keys, good) == Error::kNone);
  for (auto part :
       {&rekey::SignedFields::content_digest, &rekey::SignedFields::signature_input, &rekey::SignedFields::signature}) {
    for (std::size_t at = 0; at < (good.*part).size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        auto changed = good;
        (changed.*part)[at] = static_cast<char>(byte);
        if (changed.*part != good.*part) REQUIRE(verdict(keys, changed) == Error::kSignatureInvalid);
      }
    }
  }
}

TEST_CASE("O13: a call with any bit of its body changed is refused", "[message_signature]") {
  const auto keys = make_ring();
  const auto fields = rekey::sign_call(keys.signing_key(), kCall, kCreated, "n");
  for (std::size_t bit = 0; bit < kCall.body.size() * 8; ++bit) {
    std::string body(kCall.body);
    body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << bit % 8));
    const auto nonce = rekey::verify_call(keys, {kCall.method, kCall.path, body},
                                          {fields.content_digest, fields.signature_input, fields.signature}, kCreated);
    REQUIRE(nonce.error() == Error::kSignatureInvalid);
  }
}

TEST_CASE("randomly mutated fields are refused", "[message_signature]") {
  const auto keys = make_ring();
  const auto good = rekey::sign_call(keys.signing_key(), kCall, kCreated, "n");
  rekey_test::SeededRandom random(19);
  for (int round = 0; round < 20'000; ++round) {
    rekey::SignedFields changed{random.mutate(good.content_digest), good.signature_input, good.signature};
    if (round % 3 == 1) changed = {good.content_digest, random.mutate(good.signature_input), good.signature};
    if (round % 3 == 2) changed = {good.content_digest, good.signature_input, random.mutate(good.signature)};
    const bool is_same = changed.content_digest == good.content_digest && changed.signature_input == good.signature_input &&
                         changed.signature == good.signature;
    REQUIRE((verdict(keys, changed) == Error::kNone) == is_same);
  }
}

TEST_CASE("O14: a signature is good for 60 seconds either way", "[message_signature]") {
  const auto keys = make_ring();
  const auto fields = rekey::sign_call(keys.signing_key(), kCall, kCreated, "n");
  for (int shift = -70; shift <= 70; ++shift) {
    const auto now = static_cast<rekey::UnixSeconds>(static_cast<std::int64_t>(kCreated) + shift);
    const auto nonce = rekey::verify_call(keys, kCall, {fields.content_digest, fields.signature_input, fields.signature}, now);
    const bool is_near = shift >= -60 && shift <= 60;
    CHECK((nonce ? Error::kNone : nonce.error()) == (is_near ? Error::kNone : Error::kSignatureExpired));
  }
}

TEST_CASE("a nonce or method that could alter the signature base is never signed", "[message_signature]") {
  const auto key = make_ring().signing_key();
  for (std::string_view nonce : {"", "a\"b", "a\nb", "a b", "a;b", "\xc3\xa9"}) {
    CHECK(rekey_test::traps([&] { rekey::sign_call(key, kCall, kCreated, nonce); }));
  }
  CHECK(rekey_test::traps([&] { rekey::sign_call(key, {"POST\n", "/", ""}, kCreated, "n"); }));
  CHECK_FALSE(rekey_test::traps([&] { rekey::sign_call(key, kCall, kCreated, "n"); }));
}
