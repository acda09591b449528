// Reads one HTTP/1.1 request (RFC 9112) out of a byte stream, strictly: what two parsers could read in two ways is refused.
// The first parser that a stranger's bytes meet. Pure: no sockets, no clock. Used by connection.h alone.
// The verdict does not depend on how the bytes are cut into pieces.
#pragma once

#include <string_view>

#include "origin/http/http_request.h"

namespace rekey {

class HttpFramer {
 public:
  // In: the next bytes of the stream. After a refusal more bytes change nothing.
  Framing feed(std::string_view bytes);

  // Returns: whether a byte of a request has come.
  bool has_begun() const { return header_size_ != 0; }

  // Returns: the request, after kWhole; the framer is then as new.
  HttpRequest take();

  HttpFramer() = default;
  HttpFramer(const HttpFramer&) = delete;
  HttpFramer& operator=(const HttpFramer&) = delete;
  ~HttpFramer();  // wipes the body: passwords are in it

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
