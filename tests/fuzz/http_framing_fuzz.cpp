// Any bytes are one request or refused, however they are cut into pieces. An accepted request leaves another parser no second
// reading: it is plain, it has one end, and written out again it reads the same.
#include <algorithm>
#include <string>

#include "origin/http/http_framing.h"
#include "tests/fuzz/fuzz_target.h"

using rekey::Framing;
using rekey::HttpFramer;
using rekey::HttpRequest;
using rekey_fuzz::must;

namespace {

bool is_printable(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }
bool is_lower_case(char c) { return c < 'A' || c > 'Z'; }

// Returns: the last verdict. A refusal must stay, and any byte after a whole request must be refused as pipelined.
Framing feed_in_pieces(HttpFramer& framer, std::string_view bytes, std::size_t size) {
  auto verdict = Framing::kMore;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto before = verdict;
    verdict = framer.feed(bytes.substr(at, size));
    must(before == Framing::kMore || before == Framing::kWhole || verdict == before);
    must(before != Framing::kWhole || verdict == Framing::kPipelined);
  }
  return verdict;
}

bool same(const HttpRequest& one, const HttpRequest& other) {
  const auto same_field = [](const auto& a, const auto& b) { return a.name == b.name && a.value == b.value; };
  return one.method == other.method && one.target == other.target && one.version == other.version && one.body == other.body &&
         one.persistence == other.persistence && std::ranges::equal(one.fields, other.fields, same_field);
}

std::string rewrite(const HttpRequest& request) {
  std::string text =
      request.method + " " + request.target + (request.version == rekey::HttpVersion::k10 ? " HTTP/1.0" : " HTTP/1.1");
  for (const auto& field : request.fields) text += "\r\n" + field.name + ":" + field.value;
  return text + "\r\n\r\n" + request.body;
}

// It holds nothing that a server, proxy or cache on the way could take for the beginning or the end of something else.
void must_be_plain(const HttpRequest& request) {
  must(!request.method.empty() && request.target.starts_with('/') && request.target.size() <= rekey::kMaxTarget);
  must(std::ranges::all_of(request.target, [](char c) { return c > ' ' && c <= '~'; }));
  must(request.fields.size() <= rekey::kMaxHeaderLines);
  for (const auto& field : request.fields) {
    must(!field.name.empty() && field.name.find_first_of(" \t:") == std::string::npos);
    must(std::ranges::all_of(field.name, is_printable) && std::ranges::all_of(field.name, is_lower_case));
    must(std::ranges::all_of(field.value, is_printable));
  }
}

// At most one length, which is the body's, and no other field that says where the body ends.
void must_have_one_end(const HttpRequest& request) {
  must(request.count("transfer-encoding") == 0 && request.count("expect") == 0);
  must(request.count("content-length") <= 1 && request.count("host") <= 1);
  if (const auto length = request.only("content-length")) {
    must(std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; }));
    must(std::stoull(std::string(*length)) == request.body.size());
  } else {
    must(request.body.empty());
  }
  must(request.body.size() <= rekey::kMaxRequestBody);
}

void must_read_the_same_again(const HttpRequest& request) {
  HttpFramer framer;
  must(framer.feed(rewrite(request)) == Framing::kWhole);
  must(same(framer.take(), request));
  must(!framer.has_begun());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = rekey_fuzz::as_text(data, size);
  HttpFramer at_once;
  const auto verdict = at_once.feed(bytes);
  HttpFramer byte_by_byte;
  must(feed_in_pieces(byte_by_byte, bytes, 1) == verdict);
  HttpFramer in_pieces;
  must(feed_in_pieces(in_pieces, bytes, 1 + size % 61) == verdict);
  if (verdict != Framing::kWhole) return 0;

  const auto request = at_once.take();
  must(same(request, byte_by_byte.take()) && same(request, in_pieces.take()));
  must(bytes.ends_with("\r\n\r\n" + request.body));
  must_be_plain(request);
  must_have_one_end(request);
  must_read_the_same_again(request);
  return 0;
}
