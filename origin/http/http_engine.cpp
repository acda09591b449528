#include "origin/http/http_engine.h"

#include <httplib.h>

#include <algorithm>

namespace rekey {
namespace {

class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string in) : in_(std::move(in)) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const auto count = in_.copy(out, size, read_);
    read_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    out_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string take() { return std::move(out_); }

 private:
  std::string in_;
  std::size_t read_ = 0;
  std::string out_;
};

void fill(httplib::Response& response, const HttpAnswer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, answer.content_type);
  for (const auto& field : answer.fields) response.set_header(field.name, field.value);
}

std::string request_line(const HttpRequest& request) { return request.method + " " + request.target + " HTTP/1.1\r\n\r\n"; }

}  // namespace

class HttpEngine::Dialogue : public httplib::Server {
 public:
  Dialogue() {
    set_default_headers({{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
    set_pre_routing_handler([this](const auto&, auto& response) {
      fill(response, (*answering_)(*request_));
      return HandlerResponse::Handled;
    });
    set_exception_handler(
        [](const auto&, auto& response, std::exception_ptr) {  // without it httplib answers with the exception's text
          fill(response, problem(500, "Something went wrong here."));
        });
    set_error_handler([](const auto&, auto& response) {  // a method or target that httplib itself refuses
      if (response.body.empty()) fill(response, problem(response.status, "The request could not be read."));
    });
    set_post_routing_handler([](const auto&, auto& response) {
      response.headers.erase("Keep-Alive");
      response.headers.erase("Accept-Ranges");
    });
  }

  std::string hold(const HttpRequest& request, const Answering& answering) {
    request_ = &request;
    answering_ = &answering;
    MemoryStream stream(request_line(request));
    bool ended = false;
    process_request(stream, "", 0, "", 0, request.persistence == Persistence::kClose, ended, nullptr);
    return stream.take();
  }

 private:
  const HttpRequest* request_ = nullptr;
  const Answering* answering_ = nullptr;
};

HttpEngine::HttpEngine() : dialogue_(std::make_unique<Dialogue>()) {}
HttpEngine::~HttpEngine() = default;

std::string HttpEngine::respond(const HttpRequest& request, const Answering& answering) {
  return dialogue_->hold(request, answering);
}

std::string HttpEngine::refuse(const HttpAnswer& answer) {
  HttpRequest unread;
  unread.method = "GET";
  unread.target = "/";
  unread.persistence = Persistence::kClose;
  return dialogue_->hold(unread, [&](const HttpRequest&) { return answer; });
}

}  // namespace rekey
