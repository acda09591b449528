#include "origin/web/web_client.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "origin/web/address_kind.h"

namespace rekey {
namespace {

// Thirty header lines of a usual server are 2 KB.
constexpr std::size_t kMaxHeaders = 32 * 1024;

void start_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  });
}

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using HeaderList = std::unique_ptr<curl_slist, Free>;

WebEnd end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return WebEnd::kAnswer;
    case CURLE_COULDNT_RESOLVE_HOST:
      return WebEnd::kNoSuchHost;
    case CURLE_COULDNT_CONNECT:
      return WebEnd::kRefused;
    case CURLE_OPERATION_TIMEDOUT:
      return WebEnd::kTimedOut;
    case CURLE_SSL_CONNECT_ERROR:
      return WebEnd::kTlsFailed;
    case CURLE_PEER_FAILED_VERIFICATION:
      return WebEnd::kNotTrusted;
    case CURLE_SSL_CACERT_BADFILE:
      return WebEnd::kNoCaFile;
    case CURLE_ABORTED_BY_CALLBACK:
      return WebEnd::kCutOff;
    default:
      return WebEnd::kBroke;
  }
}

HeaderList list_of(const std::vector<std::string>& headers) {
  HeaderList list;
  for (const auto& header : headers) {
    auto* const longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

AddressKind kind_of(const curl_sockaddr& address) {
  if (address.family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address.addr, sizeof ipv4);
    ByteArray<4> bytes{};
    std::memcpy(bytes.data(), &ipv4.sin_addr, bytes.size());
    return kind_of_ipv4(bytes);
  }
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &address.addr, sizeof ipv6);
  ByteArray<16> bytes{};
  std::memcpy(bytes.data(), &ipv6.sin6_addr, bytes.size());
  return kind_of_ipv6(bytes);
}

bool is_within(Reach reach, const curl_sockaddr& address) {
  if (reach == Reach::kAnywhere) return true;
  if (address.family != AF_INET && address.family != AF_INET6) return false;
  const auto kind = kind_of(address);
  if (reach == Reach::kInside) return kind != AddressKind::kPublic;
  return kind == (reach == Reach::kPublic ? AddressKind::kPublic : AddressKind::kThisMachine);
}

}  // namespace

// One easy handle, the connection in it, and the answer under way.
struct WebClient::Exchange {
  Exchange(const WebLimits& given, const std::atomic<std::chrono::steady_clock::time_point>& end)
      : limits(given), end_at(end), handle(curl_easy_init()) {
    if (!handle) throw std::bad_alloc();
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PROXY, "");  // ignores the environment
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // else libcurl still waits for a name server that does not answer
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.patience.count()));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!limits.ca_file.empty()) {
      set(CURLOPT_CAINFO, limits.ca_file.c_str());
      set(CURLOPT_CAPATH, nullptr);  // else the system's authorities are trusted, too
    }
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, this);
  }

  WebAnswer ask(const WebRequest& request) {
    answer = {};
    headers_size = 0;
    is_cut = refused_address = false;
    const auto headers = list_of(request.headers);
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    if (request.body.empty()) {
      set(CURLOPT_HTTPGET, 1L);
    } else {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.empty() ? nullptr : request.method.c_str());
    const auto code = curl_easy_perform(handle.get());
    set(CURLOPT_HTTPHEADER, nullptr);
    set(CURLOPT_POSTFIELDS, nullptr);
    answer.status = static_cast<int>(info(CURLINFO_RESPONSE_CODE));
    answer.certificate_fault = info(CURLINFO_SSL_VERIFYRESULT);
    answer.end = is_cut ? WebEnd::kAnswer : end_of(code);
    if (refused_address && answer.end == WebEnd::kRefused) answer.end = WebEnd::kForbiddenAddress;
    if (answer.end == WebEnd::kTimedOut && !has_sent()) answer.end = WebEnd::kUnsent;
    return std::move(answer);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle.get(), option, value) != CURLE_OK) throw std::runtime_error("libcurl refuses an option");
  }

  long info(CURLINFO which) const {
    long value = 0;
    curl_easy_getinfo(handle.get(), which, &value);
    return value;
  }

  // libcurl notes this time when it has begun to send the request.
  bool has_sent() const {
    curl_off_t time = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_PRETRANSFER_TIME_T, &time);
    return time > 0;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* exchange) {
    auto& self = *static_cast<Exchange*>(exchange);
    const auto room = self.limits.most_body - self.answer.body.size();
    const bool fits = size <= room;
    const bool cuts = self.limits.too_long == WebLimits::TooLong::kCut;
    if (fits || cuts) self.answer.body.append(data, std::min(size, room));
    self.is_cut = !fits && cuts;
    return fits ? size : 0;  // 0 ends the transfer
  }

  static std::size_t on_header(char*, std::size_t, std::size_t size, void* exchange) {
    auto& self = *static_cast<Exchange*>(exchange);
    self.headers_size += size;
    return self.headers_size > kMaxHeaders ? 0 : size;
  }

  static curl_socket_t on_open(void* exchange, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Exchange*>(exchange);
    if (is_within(self.limits.reach, *address))
      return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    self.refused_address = true;
    return CURL_SOCKET_BAD;
  }

  static int on_progress(void* exchange, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& self = *static_cast<Exchange*>(exchange);
    return std::chrono::steady_clock::now() >= self.end_at.load() ? 1 : 0;
  }

  const WebLimits& limits;
  const std::atomic<std::chrono::steady_clock::time_point>& end_at;
  Handle handle;
  WebAnswer answer;
  std::size_t headers_size = 0;
  bool is_cut = false;
  bool refused_address = false;
};

WebClient::WebClient(WebLimits limits) : limits_(std::move(limits)) {
  start_libcurl();
  exchange_ = std::make_unique<Exchange>(limits_, end_at_);
}

WebClient::~WebClient() = default;

WebAnswer WebClient::ask(const WebRequest& request) { return exchange_->ask(request); }

WebAnswer ask_web(const WebRequest& request, std::chrono::milliseconds patience) {
  WebLimits limits;
  limits.patience = patience;
  return WebClient(limits).ask(request);
}

}  // namespace rekey
