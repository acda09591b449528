// Turns a whole request and what is said to it into the bytes of a response, by cpp-httplib, which http_engine.cpp alone
// includes. httplib sees a request line and nothing else of what the client sent: no field for it to decode or to trust, no body
// to copy. One thread at a time.
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

  // In: `answering` does not throw.
  std::string respond(const HttpRequest& request, const Answering& answering);

  // A response where no request could be read; it announces the end of the connection.
  std::string refuse(const HttpAnswer& answer);

 private:
  class Dialogue;
  std::unique_ptr<Dialogue> dialogue_;
};

}  // namespace rekey
