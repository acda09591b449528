#include "shared/codec/form.h"

#include <catch2/catch.hpp>

#include "shared/codec/encoding.h"
#include "tests/shared/seeded_random.h"

using rekey::Error;
using rekey::FieldProblem;

namespace {

constexpr rekey::FieldRule kRules[] = {{"username"}, {"password"}};

std::string code_every_byte(std::string_view text) {
  std::string coded;
  for (char c : text) coded += "%" + rekey::to_hex(rekey::as_bytes({&c, 1}));
  return coded;
}

}  // namespace

TEST_CASE("any text survives encoding and reading", "[form]") {
  rekey_test::SeededRandom random(22);
  constexpr std::string_view kPieces[] = {"&", "=", "+", "%", " ", "a", "\xc3\xa9", "\xf0\x9f\x98\x80", ";", "%41"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t pieces = random.below(20); pieces > 0; --pieces) text += kPieces[random.below(std::size(kPieces))];
    std::vector<FieldProblem> problems;
    const auto fields = rekey::parse_form("password=" + code_every_byte(text) + "&username=u", kRules, problems);
    REQUIRE(fields);
    REQUIRE(fields->at(0).value == text);
    REQUIRE(fields->at(1).value == "u");
  }
}

TEST_CASE("B11: a repeated field is refused under any spelling of its name", "[form]") {
  std::vector<FieldProblem> problems;
  const auto fields = rekey::parse_form("username=a&password=p&" + code_every_byte("username") + "=b", kRules, problems);
  CHECK(fields.error() == Error::kWrongShape);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].kind == FieldProblem::Kind::kRepeated);
  CHECK(problems[0].pointer == "/username");
}

TEST_CASE("of a flood of unknown fields only a few are reported", "[form]") {
  std::string body = "username=a&password=p";
  for (int i = 0; i < 500; ++i) body += "&x" + std::to_string(i) + "=";
  std::vector<FieldProblem> problems;
  CHECK(rekey::parse_form(body, kRules, problems).error() == Error::kWrongShape);
  CHECK(problems.size() == rekey::kMaxUnknownFields);
}

TEST_CASE("a body above the limit is not read", "[form]") {
  std::vector<FieldProblem> problems;
  CHECK(rekey::parse_form(std::string(rekey::kMaxBodySize + 1, '%'), kRules, problems).error() == Error::kTooLarge);
  CHECK(rekey::parse_form(std::string(rekey::kMaxBodySize, '%'), kRules, problems).error() == Error::kInvalidEncoding);
  CHECK(problems.empty());
}
