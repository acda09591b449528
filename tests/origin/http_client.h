// A client that sends raw bytes on loopback, and a front that serves a test's application in a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "origin/http/http_front.h"
#include "origin/system/system_clock.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port);  // connects

  void send(std::string_view bytes);
  void half_close();  // no more will be sent
  void close() { socket_.reset(); }

  // Returns: one response with its body, by its Content-Length. Throws: std::runtime_error if the connection ends before that, or
  // after 20 s.
  std::string read_response();
  // Returns: all bytes until the other side ends the connection.
  std::string read_to_end();
  std::string ask(std::string_view bytes) {
    send(bytes);
    return read_response();
  }

 private:
  bool receive();
  FileDescriptor socket_;
  std::string unread_;
};

int status_of(std::string_view response);
std::size_t count_responses(std::string_view bytes);

// `answer` is called by the front's workers.
class FrontWorld : private HttpApplication {
 public:
  using Answer = std::function<HttpAnswer(const HttpRequest&)>;
  explicit FrontWorld(const FrontLimits& limits = {}, Answer answer = {});
  ~FrontWorld();

  std::uint16_t port() const { return front_.port(); }
  HttpFront& front() { return front_; }
  FakeMetrics& metrics() { return metrics_; }
  int executed() const { return executed_; }
  void await_connections(std::size_t count);  // Throws: std::runtime_error where it takes more than 20 s
  void join();                                // until run() has returned

 private:
  HttpAnswer answer(const HttpRequest& request) override;
  Effort effort_of(const HttpRequest& request) const override;  // kHeavy for kHeavyCall alone

  Answer answer_;
  SystemClock clock_;
  FakeMetrics metrics_;
  std::atomic<int> executed_{0};
  HttpFront front_;
  std::thread thread_;
};

inline const std::string kGoodCall = "POST /echo HTTP/1.1\r\nHost: origin\r\nContent-Length: 5\r\n\r\nhello";
inline const std::string kHeavyCall = "POST /heavy HTTP/1.1\r\nHost: origin\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace rekey::test
