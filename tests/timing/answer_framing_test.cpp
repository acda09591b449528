#include "tests/timing/answer_framing.h"

#include <catch2/catch.hpp>
#include <string>

using rekey::timing::Connection;
using rekey::timing::find_answer;

namespace {

// The whole is an answer, and no prefix of it is one.
void check_whole(const std::string& bytes, int status) {
  for (std::size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(find_answer(bytes.substr(0, length)));
  const auto answer = find_answer(bytes);
  REQUIRE(answer);
  CHECK(answer->status == status);
}

}  // namespace

TEST_CASE("an answer ends where its Content-Length says", "[answer_framing]") {
  check_whole("HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\ncontent-length: 4\r\n\r\nbody", 202);
  check_whole("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200);
}

TEST_CASE("a chunked answer ends with its last, empty chunk", "[answer_framing]") {
  check_whole("HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nb\r\n0\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
              401);
}

TEST_CASE("an answer of 204 has no body", "[answer_framing]") {
  check_whole("HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n", 204);
}

TEST_CASE("an answer shows whether its connection stays open", "[answer_framing]") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
  CHECK(find_answer(head + "\r\n")->connection == Connection::kStays);
  CHECK(find_answer(head + "Connection: close\r\n\r\n")->connection == Connection::kCloses);
  CHECK(find_answer(head + "connection: Close\r\n\r\n")->connection == Connection::kCloses);
}

TEST_CASE("bytes that can't be timed as one answer are refused", "[answer_framing]") {
  CHECK_THROWS(find_answer("SSH-2.0\r\n\r\n"));
  CHECK_THROWS(find_answer("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
  CHECK_THROWS(find_answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n"));
  CHECK_THROWS(find_answer("HTTP/1.1 200 OK\r\nContent-Length: none\r\n\r\n"));
}
