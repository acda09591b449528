// HTTP/1.1 requests by libcurl, which web_client.cpp includes for HTTP and curl_mailer.cpp for SMTP: those of `rekey-origin
// doctor`, and webhooks. Follows no redirect and uses no proxy. The address that a name was resolved to is judged when its socket
// is opened, so that no second answer of a name server can lead elsewhere.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rekey {

struct WebRequest {
  std::string url;
  std::vector<std::string> headers;  // "name: value"
  std::string body;                  // "": GET, else POST
  std::string method{};              // instead of these, with no body
};

enum class WebEnd : std::uint8_t {
  kAnswer,
  kNoSuchHost,
  kRefused,
  kForbiddenAddress,  // WebLimits::reach excludes every address of the name
  kUnsent,            // timed out before the request left: the server can't know of it
  kTimedOut,
  kTlsFailed,
  kNotTrusted,
  kNoCaFile,
  kCutOff,  // by end_by()
  kBroke,   // what came is no HTTP, or too long
};

struct WebAnswer {
  WebEnd end = WebEnd::kBroke;
  int status = 0;
  std::string body;
  long certificate_fault = 0;  // OpenSSL's number (X509_V_ERR_...), for kNotTrusted
};

// Which addresses may be connected to (address_kind.h). kInside: any but public ones.
enum class Reach : std::uint8_t { kAnywhere, kPublic, kInside, kThisMachine };

struct WebLimits {
  std::chrono::milliseconds patience{10'000};  // for the whole exchange
  std::size_t most_body = 64 * 1024;
  // Of a longer body: kCut takes the beginning and closes the connection, kBreak takes nothing.
  enum class TooLong : std::uint8_t { kBreak, kCut } too_long = TooLong::kBreak;
  Reach reach = Reach::kAnywhere;
  std::string ca_file{};  // PEM; "" for the system's
};

// Keeps its connection for the next request to the same server. Belongs to one thread.
class WebClient {
 public:
  explicit WebClient(WebLimits limits);
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  WebAnswer ask(const WebRequest& request);

  // Cuts off a request that is under way at `when` or begun later, within about a second. From any thread.
  void end_by(std::chrono::steady_clock::time_point when) { end_at_ = when; }

 private:
  struct Exchange;
  WebLimits limits_;
  std::atomic<std::chrono::steady_clock::time_point> end_at_ = std::chrono::steady_clock::time_point::max();
  std::unique_ptr<Exchange> exchange_;
};

// One request of `doctor`. Takes `patience` at most, beside the look-up of the name.
WebAnswer ask_web(const WebRequest& request, std::chrono::milliseconds patience);

}  // namespace rekey
