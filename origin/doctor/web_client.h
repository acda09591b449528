// One HTTP request of `rekey-origin doctor`, by libcurl: to FRONTEND_URL, and to an origin that runs here. Follows no redirect
// and uses no proxy. Not for anything that serves: see curl_mailer.h for libcurl's other use.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace rekey {

struct WebRequest {
  std::string url;
  std::vector<std::string> headers;  // "name: value"
  std::string body;                  // "": GET, else POST
};

enum class WebEnd : std::uint8_t {
  kAnswer,
  kNoSuchHost,
  kRefused,
  kTimedOut,
  kTlsFailed,
  kNotTrusted,
  kBroke,  // what came is no HTTP, or too long
};

struct WebAnswer {
  WebEnd end = WebEnd::kBroke;
  int status = 0;
  std::string body;  // at most 64 KiB
};

// Takes `patience` at most, beside the look-up of the name.
WebAnswer ask_web(const WebRequest& request, std::chrono::milliseconds patience);

}  // namespace rekey
