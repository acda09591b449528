#include "shared/codec/strict_json.h"

#include <catch2/catch.hpp>

#include "shared/codec/json_writer.h"
#include "tests/shared/seeded_random.h"
#include "tests/shared/trap.h"

using rekey::Error;
using rekey::FieldKind;
using rekey::FieldNeed;
using rekey::FieldProblem;
using rekey::JsonObject;

namespace {

constexpr rekey::FieldRule kRules[] = {{"email"}, {"note", FieldKind::kString, FieldNeed::kOptional}};

Error error_of(std::string_view body, std::vector<FieldProblem>& problems) {
  const auto object = JsonObject::parse(body, kRules, problems);
  return object ? Error::kNone : object.error();
}

Error error_of(std::string_view body) {
  std::vector<FieldProblem> problems;
  return error_of(body, problems);
}

JsonObject read(std::string_view body) {
  std::vector<FieldProblem> problems;
  auto object = JsonObject::parse(body, kRules, problems);
  REQUIRE(object);
  return std::move(object).value();
}

}  // namespace

TEST_CASE("each problem has the name and the pointer of its field", "[strict_json]") {
  std::vector<FieldProblem> problems;
  CHECK(error_of(R"({"a/b~":1,"email":2,"note":"x","note":"y"})", problems) == Error::kWrongShape);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].kind == FieldProblem::Kind::kWrongType);
  CHECK(problems[0].pointer == "/email");
  CHECK(problems[0].field == "email");
  CHECK(problems[1].kind == FieldProblem::Kind::kRepeated);
  CHECK(problems[1].pointer == "/note");
  CHECK(problems[2].kind == FieldProblem::Kind::kUnknown);
  CHECK(problems[2].pointer == "/a~1b~0");
  CHECK(problems[2].field == "a/b~");
}

TEST_CASE("problems are appended to earlier ones", "[strict_json]") {
  std::vector<FieldProblem> problems{{FieldProblem::Kind::kMissing, "/before", "before"}};
  CHECK(error_of(R"({"email":"v@x.test"})", problems) == Error::kNone);
  CHECK(problems.size() == 1);
  CHECK(error_of("{}", problems) == Error::kWrongShape);
  CHECK(problems.size() == 2);
}

TEST_CASE("a malformed body reports no field problems", "[strict_json]") {
  std::vector<FieldProblem> problems;
  CHECK(error_of(R"({"x":1,"email":2)", problems) == Error::kMalformedJson);
  CHECK(problems.empty());
}

TEST_CASE("S11: every spelling of a name counts as the same name", "[strict_json]") {
  const std::string_view spellings[] = {"email", "\\u0065mail", "e\\u006dail", "emai\\u006C",
                                        "\\u0065\\u006d\\u0061\\u0069\\u006c"};
  for (std::string_view first : spellings) {
    CHECK(error_of("{\"" + std::string(first) + "\":\"v\"}") == Error::kNone);
    for (std::string_view second : spellings) {
      CHECK(error_of("{\"" + std::string(first) + "\":\"v\",\"" + std::string(second) + "\":\"e\"}") == Error::kWrongShape);
    }
  }
}

TEST_CASE("S20: no control character gets into a value, in any spelling", "[strict_json]") {
  for (unsigned code = 0; code < 0xa0; ++code) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", code);
    const bool is_control = code < 0x20 || code >= 0x7f;
    CHECK(error_of(std::string(R"({"email":"v@x.test)") + escape + "e\"}") == (is_control ? Error::kWrongShape : Error::kNone));
  }
  for (int byte = 0; byte < 0x20; ++byte) {
    CHECK(error_of(std::string(R"({"email":"v)") + static_cast<char>(byte) + "\"}") == Error::kMalformedJson);
  }
}

TEST_CASE("S17: too deep a nesting is refused", "[strict_json]") {
  CHECK(error_of(std::string(8, '[') + std::string(8, ']')) == Error::kWrongShape);
  CHECK(error_of(std::string(9, '[') + std::string(9, ']')) == Error::kTooLarge);
  CHECK(error_of(std::string(8000, '[')) == Error::kTooLarge);
  CHECK(error_of(std::string(100'000, '[')) == Error::kTooLarge);
}

TEST_CASE("a body is read up to the size that the caller allows", "[strict_json]") {
  std::string body = R"({"email":")" + std::string(20'000, 'v') + "\"}";
  std::vector<FieldProblem> problems;
  CHECK(error_of(body) == Error::kTooLarge);
  CHECK(JsonObject::parse(body, kRules, problems, body.size()));
  CHECK_FALSE(JsonObject::parse(body, kRules, problems, body.size() - 1));
}

TEST_CASE("unknown fields are ignored where the caller asks for that, and known ones are still judged", "[strict_json]") {
  const auto parse = [](std::string_view body) {
    std::vector<FieldProblem> problems;
    const auto object = JsonObject::parse(body, kRules, problems, rekey::kMaxBodySize, rekey::UnknownFields::kIgnore);
    return object ? std::string(object->string("email")) : "refused";
  };
  CHECK(parse(R"({"new":{"email":"b"},"email":"a","newer":[1]})") == "a");
  CHECK(parse(R"({"new":1,"new":2,"email":"a"})") == "a");
  CHECK(parse(R"({"new":1})") == "refused");
  CHECK(parse(R"({"new":1,"email":"a","email":"a"})") == "refused");
  CHECK(parse(R"({"new":1,"email":1})") == "refused");
  CHECK(parse(R"({"new":1,"email":"a"}})") == "refused");
}

TEST_CASE("values survive a move of the object", "[strict_json]") {
  auto first = read(R"({"email":"v@x.test"})");
  const auto email = first.string("email");
  JsonObject second = std::move(first);
  CHECK(second.string("email") == "v@x.test");
  CHECK(second.string("email").data() == email.data());
  JsonObject third = read(R"({"email":"a","note":"b"})");
  third = std::move(second);
  CHECK(third.string("email") == "v@x.test");
  CHECK_FALSE(third.has("note"));
}

TEST_CASE("a field that is absent reads as nothing", "[strict_json]") {
  constexpr rekey::FieldRule kOptionalRules[] = {{"s", FieldKind::kString, FieldNeed::kOptional},
                                                 {"b", FieldKind::kBoolean, FieldNeed::kOptional},
                                                 {"n", FieldKind::kInteger, FieldNeed::kOptional},
                                                 {"o", FieldKind::kObject, FieldNeed::kOptional}};
  std::vector<FieldProblem> problems;
  const auto object = JsonObject::parse("{}", kOptionalRules, problems);
  REQUIRE(object);
  CHECK(object->string("s").empty());
  CHECK_FALSE(object->boolean("b"));
  CHECK(object->integer("n") == 0);
  CHECK(object->object("o") == "{}");
  for (std::string_view name : {"s", "b", "n", "o"}) CHECK_FALSE(object->has(name));
}

TEST_CASE("asking for a field without a rule, or of another kind, traps", "[strict_json]") {
  const auto object = read(R"({"email":"v@x.test"})");
  CHECK(rekey_test::traps([&] { (void)object.string("mail"); }));
  CHECK(rekey_test::traps([&] { (void)object.has("mail"); }));
  CHECK(rekey_test::traps([&] { (void)object.boolean("email"); }));
  CHECK(rekey_test::traps([&] { (void)object.object("email"); }));
  CHECK_FALSE(rekey_test::traps([&] { (void)object.string("email"); }));
}

TEST_CASE("any text survives writing as JSON and reading", "[strict_json][json_writer]") {
  rekey_test::SeededRandom random(20);
  constexpr std::string_view kPieces[] = {"\"", "\\", "/", "a", "\xc3\xa9", "\xf0\x9f\x98\x80", "{",
                                          "}",  "[",  ",", ":", " ",        "\\u0041"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (std::size_t pieces = random.below(20); pieces > 0; --pieces) text += kPieces[random.below(std::size(kPieces))];
    rekey::JsonWriter writer;
    writer.begin_object().member("email", text).member("note", text).end_object();
    const auto object = read(writer.take());
    REQUIRE(object.string("email") == text);
    REQUIRE(object.string("note") == text);
  }
}
