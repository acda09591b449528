#include "shared/recovery_code.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "shared/codec/encoding.h"

using rekey::Error;
using rekey::KeyRing;
using rekey::RecoveryCode;

namespace {

constexpr rekey::UnixSeconds kNow = 1'893'456'000;
const std::string kRequest = "AAECAwQFBgcICQoLDA0ODw";

KeyRing ring(
    const std::string& text = "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8,8:ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM") {
  return *KeyRing::parse(text);
}

std::string typed(std::string_view text) {
  const auto code = RecoveryCode::parse(text);
  return code ? std::string(code->reveal()) : "none";
}

std::string code_of_seed(std::uint8_t first) {
  rekey::ByteArray<32> seed{first};
  return std::string(RecoveryCode::derive(rekey::as_bytes("a secret of 32 bytes, or of more"), seed).reveal());
}

rekey::ByteArray<16> request_bytes() {
  rekey::ByteArray<16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

}  // namespace

TEST_CASE("C01: a code is read with the spaces and hyphens of its groups, and nothing else passes", "[recovery_code]") {
  for (const char* good : {"12345678", "1234 5678", " 1234  5678 ", "1234-5678", "12 34 56 78"}) CHECK(typed(good) == "12345678");
  CHECK(typed("00000000") == "00000000");
  for (const char* bad : {"", "1234567", "123456789", "1234567a", "1234.5678", "+12345678", "12345678\n",
                          "\xEF\xBC\x91"
                          "2345678"})
    CHECK(typed(bad) == "none");
}

TEST_CASE("a seed has one code of 8 digits, another seed another one", "[recovery_code]") {
  std::set<std::string> codes;
  for (int i = 0; i < 200; ++i) {
    const auto code = code_of_seed(static_cast<std::uint8_t>(i));
    CHECK(typed(code) == code);
    CHECK(code == code_of_seed(static_cast<std::uint8_t>(i)));
    codes.insert(code);
  }
  CHECK(codes.size() == 200);
}

TEST_CASE("each first digit is as likely as any other", "[recovery_code]") {
  std::array<int, 10> counts{};
  rekey::ByteArray<32> seed{};
  constexpr int kDraws = 10'000;
  for (int i = 0; i < kDraws; ++i) {
    seed[0] = static_cast<std::uint8_t>(i);
    seed[1] = static_cast<std::uint8_t>(i >> 8);
    ++counts[static_cast<std::size_t>(RecoveryCode::derive(rekey::as_bytes("secret"), seed).reveal()[0] - '0')];
  }
  for (const int count : counts) CHECK((count > 850 && count < 1150));  // five standard deviations
}

TEST_CASE("C02: prints differ by key, by request and by code", "[recovery_code]") {
  const auto code = *RecoveryCode::parse("12345678");
  const auto prints = code.prints(ring(), kRequest);
  REQUIRE(prints.all().size() == 2);
  CHECK(prints.all()[0].bytes != prints.all()[1].bytes);
  CHECK(prints.text() == RecoveryCode::parse("1234 5678")->prints(ring(), kRequest).text());
  CHECK(prints.text() != code.prints(ring(), "BBECAwQFBgcICQoLDA0ODw").text());
  CHECK(prints.text() != RecoveryCode::parse("12345679")->prints(ring(), kRequest).text());
  CHECK(prints.signing().bytes != rekey::KeyFingerprints::of(ring(), kRequest + "12345678").signing().bytes);
}

TEST_CASE("C03: a recovery id names its request, for a day, and no other token passes for one", "[recovery_code]") {
  const auto keys = ring();
  const auto id = rekey::mint_recovery_id(keys.signing_key(), request_bytes(), kNow + rekey::kRecoverySeconds);
  const std::string text(id.reveal());
  const auto read = [&](std::string_view token, rekey::UnixSeconds now) { return rekey::read_recovery_id(keys, token, now); };
  REQUIRE(read(text, kNow));
  CHECK(*read(text, kNow) == kRequest);
  CHECK(read(text, kNow + rekey::kRecoverySeconds).error() == Error::kTokenExpired);
  auto forged = text;
  forged[10] = forged[10] == 'A' ? 'B' : 'A';
  CHECK(read(forged, kNow).error() == Error::kTokenForged);
  const auto reset = rekey::mint_token(keys.signing_key(), rekey::TokenPurpose::kReset, kNow + 60, {});
  CHECK(read(reset.reveal(), kNow).error() == Error::kTokenForged);
  CHECK(rekey::verify_token(keys, rekey::TokenPurpose::kReset, text, kNow).error() == Error::kTokenForged);
}
