// Turns a whole request and its answer into the bytes of a response, with cpp-httplib, which only http_engine.cpp includes.
// httplib sees only the request line: no fields to decode or trust, no body to copy. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "origin/http/http_answer.h"
#include "origin/http/http_request.h"

namespace rekey {

class HttpEngine {
 public:
  using Answering = std::function<HttpAnswer(const HttpRequest&)>;

  HttpEngine();
  ~HttpEngine();
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;

  // In: `answering` must not throw.
  std::string respond(const HttpRequest& request, const Answering& answering);

  // The response to an unreadable request; it announces the end of the connection.
  std::string refuse(const HttpAnswer& answer);

 private:
  class Dialogue;
  std::unique_ptr<Dialogue> dialogue_;
};

}  // namespace rekey
