#include "origin/http/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "shared/codec/bytes.h"

namespace rekey {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kMaxDropped = 256 * 1024;  // a client that sends this much after a refusal may miss its answer

bool is_passing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Framing Connection::read_some() {
  std::array<char, kReadSize> buffer;
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count == 0 || (count < 0 && !is_passing(errno))) abandon();
  if (count <= 0) return Framing::kMore;
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  const auto framing = framer_.feed(bytes);
  wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), bytes.size()});
  return framing;
}

HttpRequest Connection::take_request() {
  state_ = State::kAnswering;
  auto request = framer_.take();
  persistence_ = request.persistence;
  return request;
}

// Bytes that arrive before the answer has gone out belong to a pipelined request, which is refused, never parsed.
bool Connection::has_early_bytes() const {
  char byte = 0;
  const auto count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || !is_passing(errno);
}

void Connection::begin_answer(std::string response) {
  if (has_early_bytes()) make_last();
  state_ = State::kWriting;
  out_ = std::move(response);
  sent_ = 0;
  write_some();
}

void Connection::write_some() {
  const auto count = ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) {
    if (!is_passing(errno)) abandon();
    return;
  }
  sent_ += static_cast<std::size_t>(count);
  if (sent_ == out_.size()) end_answer();
}

void Connection::end_answer() {
  out_.clear();
  state_ = State::kReading;
  if (persistence_ == Persistence::kKeepAlive) return;
  ::shutdown(socket_.get(), SHUT_WR);
  state_ = State::kFarewell;
}

void Connection::drop_input() {
  std::array<char, kReadSize> buffer;
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) dropped_ += static_cast<std::size_t>(count);
  if (count == 0 || (count < 0 && !is_passing(errno)) || dropped_ > kMaxDropped) abandon();
}

}  // namespace rekey
