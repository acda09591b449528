#include "tests/timing/answer_framing.h"

#include <charconv>
#include <stdexcept>
#include <string>

#include "shared/codec/ascii.h"

namespace rekey::timing {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

template <class Number>
Number number_in(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end == text.data()) throw std::runtime_error("no number in the answer: " + std::string(text));
  return number;
}

// In: the name in lower case. Returns: the value, or nothing if there is no such field.
std::optional<std::string_view> find_field(std::string_view head, std::string_view name) {
  for (auto at = head.find(kLineEnd); at != std::string_view::npos; at = head.find(kLineEnd, at)) {
    at += kLineEnd.size();
    auto line = head.substr(at, head.find(kLineEnd, at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':' || to_lower(line.substr(0, name.size())) != name) continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return line;
  }
  return std::nullopt;
}

// Returns: the length of all chunks with their framing, or nothing while more must come.
std::optional<std::size_t> length_of_chunks(std::string_view body) {
  std::size_t at = 0;
  for (;;) {
    const auto end = body.find(kLineEnd, at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto chunk = number_in<std::size_t>(body.substr(at, end - at), 16);
    at = end + kLineEnd.size() + chunk + kLineEnd.size();
    if (at > body.size()) return std::nullopt;
    if (chunk == 0) return at;
  }
}

std::optional<std::size_t> length_of_body(int status, std::string_view head, std::string_view body) {
  if (status == 204 || status == 304) return 0;
  if (const auto length = find_field(head, "content-length")) return number_in<std::size_t>(*length, 10);
  if (find_field(head, "transfer-encoding")) return length_of_chunks(body);
  throw std::runtime_error("the answer has no length: " + std::string(head));
}

}  // namespace

std::optional<Answer> find_answer(std::string_view bytes) {
  const auto end = bytes.find(kHeadEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const auto head = bytes.substr(0, end);
  const auto body = bytes.substr(end + kHeadEnd.size());
  if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("no answer: " + std::string(head));
  const auto status = number_in<int>(head.substr(9, 3), 10);
  const auto length = length_of_body(status, head, body);
  if (!length || body.size() < *length) return std::nullopt;
  if (body.size() > *length) throw std::runtime_error("more than one answer to one request");
  const auto connection = find_field(head, "connection");
  return Answer{status, connection && to_lower(*connection) == "close" ? Connection::kCloses : Connection::kStays};
}

}  // namespace rekey::timing
