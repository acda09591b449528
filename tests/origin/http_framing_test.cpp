#include "origin/http/http_framing.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace rekey {
namespace {

const std::string kGood = "POST /internal/health HTTP/1.1\r\nHost: origin\r\nContent-Length: 2\r\n\r\n{}";

Framing frame(const std::string& bytes) {
  HttpFramer framer;
  return framer.feed(bytes);
}

Framing frame_in_two(const std::string& bytes, std::size_t cut) {
  HttpFramer framer;
  framer.feed(std::string_view(bytes).substr(0, cut));
  return framer.feed(std::string_view(bytes).substr(cut));
}

Framing frame_byte_by_byte(const std::string& bytes) {
  HttpFramer framer;
  auto framing = Framing::kMore;
  for (const char byte : bytes) framing = framer.feed({&byte, 1});
  return framing;
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST /internal/health HTTP/1.1\r\nHost: origin\r\n" + fields + "\r\n" + body;
}
std::string get(const std::string& fields) { return "GET /healthz HTTP/1.1\r\nHost: origin\r\n" + fields + "\r\n"; }
std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "A: b\r\n";
  return text;
}

struct Row {
  const char* what;
  std::string bytes;
  Framing framing;
};

std::vector<Row> rows() {
  return {
      {"a good call", kGood, Framing::kWhole},
      {"a good GET", get(""), Framing::kWhole},
      {"a length of zero where there is no body", get("Content-Length: 0\r\n"), Framing::kWhole},
      {"HTTP/1.0 without a host", "GET /healthz HTTP/1.0\r\n\r\n", Framing::kWhole},
      {"an empty value and white space around one", get("A:\r\nB: \t c \t\r\n"), Framing::kWhole},
      {"a percent sign that looks like a line end", get("X-T: a%0d%0aSet-Cookie: x\r\n"), Framing::kWhole},
      {"nothing", "", Framing::kMore},
      {"half a body", post("Content-Length: 3\r\n", "{}"), Framing::kMore},
      {"a header without its end", "GET / HTTP/1.1\r\nHost: a\r\n", Framing::kMore},

      {"O01: two lengths that differ, 0 first", post("Content-Length: 0\r\nContent-Length: 5\r\n", ""), Framing::kMalformed},
      {"O01: two lengths that differ, 0 last", post("Content-Length: 5\r\nContent-Length: 0\r\n", ""), Framing::kMalformed},
      {"O01: two equal lengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", ""), Framing::kMalformed},
      {"O02: a length and a coding", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", ""), Framing::kMalformed},
      {"O03: a coding alone", post("Transfer-Encoding: chunked\r\n", ""), Framing::kMalformed},
      {"O03: an unknown coding", post("Transfer-Encoding: xchunked\r\n", ""), Framing::kMalformed},
      {"O04: two codings", post("Transfer-Encoding: gzip, chunked\r\n", ""), Framing::kMalformed},
      {"O04: a coding on a GET", get("Transfer-Encoding: chunked\r\n"), Framing::kMalformed},
      {"O05: a length in letters", post("Content-Length: abc\r\n", ""), Framing::kMalformed},
      {"O05: a length with a plus", post("Content-Length: +5\r\n", ""), Framing::kMalformed},
      {"O05: a length with a minus", post("Content-Length: -1\r\n", ""), Framing::kMalformed},
      {"O05: a length in hex", post("Content-Length: 0x5\r\n", ""), Framing::kMalformed},
      {"O05: a list of lengths", post("Content-Length: 5, 5\r\n", ""), Framing::kMalformed},
      {"O05: a length of nothing", post("Content-Length:\r\n", ""), Framing::kMalformed},
      {"O05: a length of twenty digits", post("Content-Length: 18446744073709551618\r\n", ""), Framing::kMalformed},
      {"O06: a GET with a body", get("Content-Length: 5\r\n"), Framing::kMalformed},
      {"O08: an OPTIONS with a body", "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", Framing::kMalformed},
      {"O10: a second request after the first", kGood + kGood, Framing::kPipelined},
      {"O10: one byte after a GET", get("") + "G", Framing::kPipelined},
      {"no host", "GET / HTTP/1.1\r\n\r\n", Framing::kMalformed},
      {"two hosts", get("Host: other\r\n"), Framing::kMalformed},
      {"a folded line", get("A: b\r\n c\r\n"), Framing::kMalformed},
      {"a space before the colon", get("A : b\r\n"), Framing::kMalformed},
      {"a line without a colon", get("A\r\n"), Framing::kMalformed},
      {"a field without a name", get(": b\r\n"), Framing::kMalformed},
      {"a byte above ASCII in a value", get("A: \xc3\xa9\r\n"), Framing::kMalformed},
      {"NUL in a value", get(std::string("A: b\0c\r\n", 8)), Framing::kMalformed},
      {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\n", 17), Framing::kMalformed},
      {"a bare LF", "GET / HTTP/1.1\nHost: a\n\n", Framing::kMalformed},
      {"a bare LF in the header's middle", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", Framing::kMalformed},
      {"a bare CR", "GET / HTTP/1.1\r\nHost: a\rA: b\r\n\r\n", Framing::kMalformed},
      {"CR CR LF", "GET / HTTP/1.1\r\r\n", Framing::kMalformed},
      {"an empty line in front", "\r\nGET / HTTP/1.1\r\n", Framing::kMalformed},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\n", Framing::kMalformed},
      {"a tab in the request line", "GET\t/ HTTP/1.1\r\n", Framing::kMalformed},
      {"no version", "GET /\r\n", Framing::kMalformed},
      {"a method in lower case", "get / HTTP/1.1\r\n", Framing::kMalformed},
      {"an absolute target", "GET http://origin/ HTTP/1.1\r\n", Framing::kMalformed},
      {"an asterisk for a target", "OPTIONS * HTTP/1.1\r\n", Framing::kMalformed},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6), Framing::kMalformed},
      {"HTTP/2", "PRI * HTTP/2.0\r\n", Framing::kMalformed},
      {"a version that isn't ours", "GET / HTTP/1.2\r\n", Framing::kVersionUnknown},
      {"a POST without a length", post("", ""), Framing::kLengthRequired},
      {"a body above the limit", post("Content-Length: 32769\r\n", ""), Framing::kBodyTooLarge},
      {"a body far above it", post("Content-Length: 314572800\r\n", ""), Framing::kBodyTooLarge},
      {"S26: an expectation", post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""), Framing::kExpectationFailed},
      {"S32: a target of 2,049 bytes", "GET /" + std::string(2'048, 'a') + " HTTP/1.1\r\n", Framing::kTargetTooLong},
      {"S32: a target of 16 KiB", "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\n", Framing::kTargetTooLong},
      {"O26: 65 fields", get(lines(64)), Framing::kHeadersTooLarge},
      {"O26: a line of 16 KiB", get("A: " + std::string(17'000, 'b') + "\r\n"), Framing::kHeadersTooLarge},
  };
}

}  // namespace

TEST_CASE("any stream of bytes is one request, its beginning, or refused", "[http_framing][O01][O10][O25][S26][S32]") {
  for (const auto& row : rows()) {
    INFO(row.what);
    CHECK(frame(row.bytes) == row.framing);
  }
}

TEST_CASE("the verdict does not depend on how the bytes are cut", "[http_framing]") {
  for (const auto& row : rows()) {
    INFO(row.what);
    CHECK(frame_byte_by_byte(row.bytes) == row.framing);
    const auto step = std::max<std::size_t>(1, row.bytes.size() / 400);
    std::size_t differing = 0;
    for (std::size_t cut = 0; cut <= row.bytes.size(); cut += step)
      differing += frame_in_two(row.bytes, cut) != row.framing ? 1 : 0;
    CHECK(differing == 0);
  }
}

TEST_CASE("the largest header and the largest body are read", "[http_framing]") {
  CHECK(frame(get(lines(kMaxHeaderLines - 1))) == Framing::kWhole);
  CHECK(frame("GET /" + std::string(kMaxTarget - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == Framing::kWhole);
  CHECK(frame(post("Content-Length: 32768\r\n", std::string(kMaxRequestBody, 'x'))) == Framing::kWhole);
  const auto room = kMaxHeaderSection - get("A: \r\n").size();
  CHECK(frame(get("A: " + std::string(room, 'b') + "\r\n")) == Framing::kWhole);
  CHECK(frame(get("A: " + std::string(room + 1, 'b') + "\r\n")) == Framing::kHeadersTooLarge);
}

TEST_CASE("a request is returned as it was sent, its values undecoded", "[http_framing][O25]") {
  HttpFramer framer;
  REQUIRE(framer.feed(post("X-T: a%0d%0aSet-Cookie: x\r\nContent-Length: 4\r\n", "body")) == Framing::kWhole);
  const auto request = framer.take();
  CHECK(request.method == "POST");
  CHECK(request.target == "/internal/health");
  CHECK(request.body == "body");
  CHECK(request.only("x-t") == "a%0d%0aSet-Cookie: x");
  CHECK(request.persistence == Persistence::kKeepAlive);
}

TEST_CASE("after a request was taken the next one can be read", "[http_framing]") {
  HttpFramer framer;
  REQUIRE(framer.feed(kGood) == Framing::kWhole);
  CHECK(framer.take().body == "{}");
  CHECK_FALSE(framer.has_begun());
  REQUIRE(framer.feed(get("")) == Framing::kWhole);
  CHECK(framer.take().body.empty());
}

TEST_CASE("a refusal is final", "[http_framing]") {
  HttpFramer framer;
  REQUIRE(framer.feed("BROKEN\r\n") == Framing::kMalformed);
  CHECK(framer.feed(kGood) == Framing::kMalformed);
}

TEST_CASE("a repeated field has no single value", "[http_framing][O17]") {
  HttpFramer framer;
  REQUIRE(framer.feed(get("Signature: a\r\nsignature: b\r\n")) == Framing::kWhole);
  const auto request = framer.take();
  CHECK(request.count("signature") == 2);
  CHECK(request.only("signature") == std::nullopt);
}

TEST_CASE("the connection ends where the rules of its HTTP version say so", "[http_framing]") {
  const auto persistence = [](const std::string& bytes) {
    HttpFramer framer;
    REQUIRE(framer.feed(bytes) == Framing::kWhole);
    return framer.take().persistence;
  };
  CHECK(persistence(get("Connection: close\r\n")) == Persistence::kClose);
  CHECK(persistence(get("Connection: foo, CLOSE\r\n")) == Persistence::kClose);
  CHECK(persistence(get("Connection: keep-alive\r\nConnection: close\r\n")) == Persistence::kClose);
  CHECK(persistence("GET / HTTP/1.0\r\n\r\n") == Persistence::kClose);
  CHECK(persistence("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") == Persistence::kKeepAlive);
}

}  // namespace rekey
