#include "origin/doctor/web_client.h"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace rekey {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, Free>;
using HeaderList = std::unique_ptr<curl_slist, Free>;

template <class Value>
void set(const Handle& handle, CURLoption option, Value value) {
  if (curl_easy_setopt(handle.get(), option, value) != CURLE_OK) throw std::runtime_error("libcurl refuses an option");
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size > kMaxBody) return 0;  // ends the transfer
  text.append(data, size);
  return size;
}

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

Handle make_handle(const WebRequest& request, std::chrono::milliseconds patience) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
  Handle handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_PROXY, "");  // ignores the environment
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  set(handle, CURLOPT_WRITEFUNCTION, on_body);
  if (request.body.empty()) return handle;
  set(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  set(handle, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  return handle;
}

}  // namespace

WebAnswer ask_web(const WebRequest& request, std::chrono::milliseconds patience) {
  WebAnswer answer;
  const auto handle = make_handle(request, patience);
  const auto headers = list_of(request.headers);
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  set(handle, CURLOPT_WRITEDATA, &answer.body);
  answer.end = end_of(curl_easy_perform(handle.get()));
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace rekey
