#include "tests/origin/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>

namespace rekey::test {
namespace {

constexpr int kPatienceMs = 20'000;

std::size_t length_of(std::string_view response) {
  constexpr std::string_view kField = "Content-Length: ";
  const auto at = response.find(kField);
  std::size_t length = 0;
  if (at != response.npos) std::from_chars(response.data() + at + kField.size(), response.data() + response.size(), length);
  return length;
}

ListenAddress any_port() { return *ListenAddress::parse("127.0.0.1:0"); }

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // closed by the other side: its answer can still be read
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawClient::half_close() { ::shutdown(socket_.get(), SHUT_WR); }

bool RawClient::receive() {
  pollfd entry{socket_.get(), POLLIN, 0};
  if (::poll(&entry, 1, kPatienceMs) != 1) throw std::runtime_error("no answer");
  std::array<char, 65'536> buffer;
  const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (count > 0) unread_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string RawClient::read_response() {
  for (;;) {
    const auto end = unread_.find("\r\n\r\n");
    if (end != unread_.npos) {
      const auto size = end + 4 + length_of(std::string_view(unread_).substr(0, end));
      if (unread_.size() >= size) {
        auto response = unread_.substr(0, size);
        unread_.erase(0, size);
        return response;
      }
    }
    if (!receive()) throw std::runtime_error("the connection ended");
  }
}

std::string RawClient::read_to_end() {
  while (receive()) continue;
  return std::exchange(unread_, {});
}

int status_of(std::string_view response) {
  int status = 0;
  if (response.starts_with("HTTP/1.1 ")) std::from_chars(response.data() + 9, response.data() + response.size(), status);
  return status;
}

std::size_t count_responses(std::string_view bytes) {
  std::size_t count = 0;
  for (auto at = bytes.find("HTTP/1.1 "); at != bytes.npos; at = bytes.find("HTTP/1.1 ", at + 1)) ++count;
  return count;
}

FrontWorld::FrontWorld(const FrontLimits& limits, Answer answer)
    : answer_(std::move(answer)), front_(any_port(), *this, limits, clock_, metrics_), thread_([this] { front_.run(); }) {}

FrontWorld::~FrontWorld() { join(); }

void FrontWorld::join() {
  front_.stop();
  if (thread_.joinable()) thread_.join();
}

HttpAnswer FrontWorld::answer(const HttpRequest& request) {
  ++executed_;
  if (answer_) return answer_(request);
  return {200, "text/plain", request.body, {}};
}

Effort FrontWorld::effort_of(const HttpRequest& request) const {
  return request.target == "/heavy" ? Effort::kHeavy : Effort::kLight;
}

void FrontWorld::await_connections(std::size_t count) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (front_.connections() != count) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the expected number of connections was not reached");
    std::this_thread::yield();
  }
}

}  // namespace rekey::test
