#include "shared/codec/json_writer.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "shared/codec/utf8.h"
#include "tests/shared/seeded_random.h"
#include "tests/shared/trap.h"

using rekey::JsonWriter;

namespace {

std::string in_quotes(std::string_view text) {
  JsonWriter writer;
  writer.string(text);
  return writer.take();
}

}  // namespace

TEST_CASE("a document has its commas and colons where they belong", "[json_writer]") {
  JsonWriter writer;
  writer.begin_object().member("a", "x").key("b").begin_array().integer(1).boolean(true).null().begin_object().end_object();
  writer.begin_array().end_array().end_array().key("c").begin_object().member("d", "").end_object().end_object();
  CHECK(writer.take() == R"({"a":"x","b":[1,true,null,{},[]],"c":{"d":""}})");
}

TEST_CASE("quotes, backslashes and control characters are escaped", "[json_writer]") {
  CHECK(in_quotes("\"\\/") == R"("\"\\/")");
  CHECK(in_quotes(std::string_view("\0\n\x1f", 3)) == "\"\\u0000\\u000a\\u001f\"");
  CHECK(in_quotes("\xc3\xa9\x7f") == "\"\xc3\xa9\x7f\"");
}

TEST_CASE("each byte that is not UTF-8 becomes one replacement character", "[json_writer]") {
  CHECK(in_quotes("a\xff\xfe z") == "\"a\xef\xbf\xbd\xef\xbf\xbd z\"");
  CHECK(in_quotes("\xe2\x82") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(in_quotes("\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("whatever is written is UTF-8 without a raw control character", "[json_writer]") {
  rekey_test::SeededRandom random(21);
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = in_quotes(random.bytes(random.below(20)));
    REQUIRE(rekey::count_code_points(text).has_value());
    for (char c : text) REQUIRE(static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST_CASE("the smallest and the largest integer are written in full", "[json_writer]") {
  JsonWriter writer;
  writer.begin_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .integer(std::numeric_limits<std::int64_t>::max())
      .integer(0);
  CHECK(writer.end_array().take() == "[-9223372036854775808,9223372036854775807,0]");
}

TEST_CASE("a writer is empty once its document is taken", "[json_writer]") {
  JsonWriter writer;
  CHECK(writer.begin_object().end_object().take() == "{}");
  CHECK(writer.begin_array().end_array().take() == "[]");
}

TEST_CASE("writing or taking a malformed document traps", "[json_writer]") {
  CHECK(rekey_test::traps([] { JsonWriter().take(); }));
  CHECK(rekey_test::traps([] { JsonWriter().begin_object().take(); }));
  CHECK(rekey_test::traps([] { JsonWriter().end_object(); }));
  CHECK(rekey_test::traps([] { JsonWriter().key("a"); }));
  CHECK(rekey_test::traps([] { JsonWriter().begin_object().key("a").end_object(); }));
  CHECK(rekey_test::traps([] { JsonWriter().begin_object().key("a").key("b"); }));
  CHECK(rekey_test::traps([] { JsonWriter().integer(1).integer(2); }));
}
