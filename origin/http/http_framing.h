// Reads one HTTP/1.1 request (RFC 9112) from a byte stream, strictly: refuses whatever two parsers could read differently.
// It is the first parser of a stranger's bytes. Pure: no sockets, no clock. Used by connection.h alone.
// The verdict does not depend on how the bytes are split.
#pragma once

#include <string_view>

#include "origin/http/http_request.h"

namespace rekey {

class HttpFramer {
 public:
  // In: the next bytes of the stream. Bytes after a refusal change nothing.
  Framing feed(std::string_view bytes);

  // Returns: whether a request has begun.
  bool has_begun() const { return header_size_ != 0; }

  // After kWhole. Returns: the request; the framer is then as new.
  HttpRequest take();

  HttpFramer() = default;
  HttpFramer(const HttpFramer&) = delete;
  HttpFramer& operator=(const HttpFramer&) = delete;
  ~HttpFramer();  // wipes the body: it holds passwords

 private:
  std::size_t feed_header(std::string_view bytes);
  Framing take_header_byte(char byte);
  Framing end_line();
  Framing end_header();
  Framing append_field();
  void feed_body(std::string_view bytes);

  Framing state_ = Framing::kMore;
  enum class Part : std::uint8_t { kHeader, kBody } part_ = Part::kHeader;
  std::size_t header_size_ = 0;
  std::size_t body_size_ = 0;
  std::string line_;
  HttpRequest request_;
};

}  // namespace rekey
