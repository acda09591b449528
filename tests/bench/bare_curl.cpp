// Bare libcurl, the reference of the mail worker's rate: each thread reuses one handle and sends the same mail again and again.
//   bare_curl --port N [--threads N] [--seconds N] [--mails N] [--bytes N]
// Ends after the seconds or, if --mails is given, after that many mails of all threads, whichever is first. Prints "mails N
// seconds S per_second R". Exit code 1 if a mail was not taken. Addresses are bench-NUMBER@example.com, each once.
#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rekey::bench {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kBodyLine = 76;  // as in our base64 bodies

struct Options {
  int port = 0;
  int threads = 4;
  double seconds = 5;
  std::int64_t mails = INT64_MAX;
  std::size_t bytes = 6000;
};

Options options_from(int count, char** words) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    const double value = std::atof(words[i + 1]);
    if (value <= 0) throw std::invalid_argument(std::string(name) + " must be a number above 0.");
    if (name == "--port") options.port = static_cast<int>(value);
    if (name == "--threads") options.threads = static_cast<int>(value);
    if (name == "--seconds") options.seconds = value;
    if (name == "--mails") options.mails = static_cast<std::int64_t>(value);
    if (name == "--bytes") options.bytes = static_cast<std::size_t>(value);
  }
  if (options.port == 0)
    throw std::invalid_argument("usage: bare_curl --port N [--threads N] [--seconds N] [--mails N] [--bytes N]");
  return options;
}

// A header, and lines like a base64 part's, up to the size.
std::string message_of(std::size_t bytes) {
  std::string text =
      "From: <rekey@example.com>\r\nSubject: bench\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  while (text.size() + kBodyLine + 2 <= bytes) text += std::string(kBodyLine, 'A') + "\r\n";
  return text;
}

struct Upload {
  std::string_view message;
  std::size_t sent = 0;
};

std::size_t on_read(char* buffer, std::size_t, std::size_t room, void* under_way) {
  auto& upload = *static_cast<Upload*>(under_way);
  const auto size = upload.message.copy(buffer, room, upload.sent);
  upload.sent += size;
  return size;
}

class Sender {
 public:
  Sender(const Options& options, std::string_view message) : handle_(curl_easy_init()), message_(message) {
    if (handle_ == nullptr) throw std::bad_alloc();
    curl_easy_setopt(handle_, CURLOPT_URL, ("smtp://127.0.0.1:" + std::to_string(options.port)).c_str());
    curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, 20'000L);
    curl_easy_setopt(handle_, CURLOPT_MAIL_FROM, "<rekey@example.com>");
    curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(handle_, CURLOPT_READDATA, &upload_);
    curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { curl_easy_cleanup(handle_); }

  void send(std::int64_t number) {
    upload_ = {message_, 0};
    auto* recipients = curl_slist_append(nullptr, ("<bench-" + std::to_string(number) + "@example.com>").c_str());
    curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, recipients);
    const auto code = curl_easy_perform(handle_);
    curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, nullptr);
    curl_slist_free_all(recipients);
    if (code != CURLE_OK) throw std::runtime_error(std::string("a mail was not taken: ") + curl_easy_strerror(code));
  }

 private:
  CURL* handle_;
  std::string_view message_;
  Upload upload_;
};

class Run {
 public:
  explicit Run(const Options& options) : options_(options), message_(message_of(options.bytes)) {}

  // Returns: whether every mail was taken.
  bool all_sent() {
    const auto started = steady_clock::now();
    end_ = started + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(options_.seconds));
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.threads; ++i) threads.emplace_back([this] { send_until_end(); });
    for (auto& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
    const auto sent = sent_.load();
    std::printf("mails %lld seconds %.3f per_second %.1f\n", static_cast<long long>(sent), seconds,
                static_cast<double>(sent) / seconds);
    return !failed_;
  }

 private:
  void send_until_end() {
    try {
      Sender sender(options_, message_);
      while (steady_clock::now() < end_ && !failed_) {
        const auto number = ++begun_;
        if (number > options_.mails) return;
        sender.send(number);
        ++sent_;
      }
    } catch (const std::exception& error) {
      failed_ = true;
      std::fprintf(stderr, "%s\n", error.what());
    }
  }

  const Options options_;
  const std::string message_;
  steady_clock::time_point end_{};
  std::atomic<std::int64_t> begun_ = 0;
  std::atomic<std::int64_t> sent_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace
}  // namespace rekey::bench

int main(int count, char** words) {
  try {
    const auto options = rekey::bench::options_from(count, words);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return rekey::bench::Run(options).all_sent() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
