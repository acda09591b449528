#include "origin/http/http_framing.h"

#include <utility>

#include "origin/http/http_fields.h"
#include "shared/codec/bytes.h"

namespace rekey {
namespace {

constexpr std::size_t kUsualFields = 16;  // a signed call has about ten

// Control characters are forbidden, except tab, and the CR and LF of a line's end.
bool is_forbidden(char byte) { return static_cast<unsigned char>(byte) < ' ' && byte != '\t' && byte != '\r' && byte != '\n'; }

void wipe_text(std::string& text) { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

}  // namespace

HttpFramer::~HttpFramer() { wipe_text(request_.body); }

Framing HttpFramer::feed(std::string_view bytes) {
  if (state_ == Framing::kWhole && !bytes.empty()) state_ = Framing::kPipelined;
  if (state_ != Framing::kMore) return state_;
  if (part_ == Part::kHeader) bytes.remove_prefix(feed_header(bytes));
  if (state_ == Framing::kMore && part_ == Part::kBody) feed_body(bytes);
  return state_;
}

// Returns: the number of bytes that belong to the header.
std::size_t HttpFramer::feed_header(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && part_ == Part::kHeader && state_ == Framing::kMore) state_ = take_header_byte(bytes[used++]);
  return used;
}

Framing HttpFramer::take_header_byte(char byte) {
  if (++header_size_ > kMaxHeaderSection) return request_.method.empty() ? Framing::kTargetTooLong : Framing::kHeadersTooLarge;
  const bool after_cr = line_.ends_with('\r');
  if (is_forbidden(byte) || after_cr != (byte == '\n')) return Framing::kMalformed;
  if (byte == '\n') return end_line();
  line_.push_back(byte);
  return Framing::kMore;
}

Framing HttpFramer::end_line() {
  line_.pop_back();
  if (request_.method.empty()) {
    const auto verdict = parse_request_line(line_, request_);
    line_.clear();
    return verdict;
  }
  return line_.empty() ? end_header() : append_field();
}

Framing HttpFramer::append_field() {
  if (request_.fields.size() == kMaxHeaderLines) return Framing::kHeadersTooLarge;
  if (request_.fields.empty()) request_.fields.reserve(kUsualFields);
  auto field = parse_field(line_);
  line_.clear();
  if (!field) return Framing::kMalformed;
  request_.fields.push_back(*std::move(field));
  return Framing::kMore;
}

Framing HttpFramer::end_header() {
  const auto frame = frame_body(request_);
  part_ = Part::kBody;
  body_size_ = frame.size;
  request_.body.reserve(body_size_);  // never reallocated: no copy of a password is left
  return frame.verdict;
}

void HttpFramer::feed_body(std::string_view bytes) {
  const auto missing = body_size_ - request_.body.size();
  request_.body.append(bytes.substr(0, missing));
  if (bytes.size() > missing) {
    state_ = Framing::kPipelined;
  } else if (bytes.size() == missing) {
    state_ = Framing::kWhole;
  }
}

HttpRequest HttpFramer::take() {
  state_ = Framing::kMore;
  part_ = Part::kHeader;
  header_size_ = 0;
  line_.clear();
  return std::exchange(request_, {});
}

}  // namespace rekey
