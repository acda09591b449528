// Loads one origin with signed calls over persistent connections, one thread for each. All answers must have the same good
// outcome; calls that an overloaded origin turns away with 503 "Too many requests wait." count as lost.
//   EDGE_ORIGIN_KEYS=... origin_load --port N --use-case NAME --input JSON --outcome WORD [--connections N] [--seconds N]
//       [--warm-up N] [--lines FILE --use once|again]
// --input has places that each call fills anew (origin_call.h). Calls of the warm-up are not counted. Prints
// {"calls": N, "statuses": {"200": N, "503": N}, "seconds": S, "p50": MS, "p99": MS, "signing_us": US}: calls and quantiles are
// of the good answers, signing_us is the cost of writing and signing one call. At the first answer that is neither good nor lost,
// prints it and exits with 1.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <latch>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/bench/origin_call.h"
#include "tests/timing/answer_framing.h"

namespace rekey::bench {
namespace {

using std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kSigningSample = 2000;
constexpr std::string_view kTurnedAway = "Too many requests wait.";
constexpr std::chrono::milliseconds kRestAfterLost{10};  // otherwise calls are wasted on a queue that is still full

class Options {
 public:
  Options(int count, char** words) {
    for (int i = 1; i + 1 < count; i += 2) values_[words[i]] = words[i + 1];
    if (count % 2 == 0) throw std::invalid_argument(std::string(words[count - 1]) + " has no value.");
  }

  const std::string& text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::invalid_argument(name + " is missing.");
    return found->second;
  }

  double number(const std::string& name, const std::string& otherwise) const {
    return std::stod(has(name) ? text(name) : otherwise);
  }

  bool has(const std::string& name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::string> values_;
};

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::invalid_argument("--lines: " + file + " can't be read.");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines_from(const Options& options) {
  return options.has("--lines") ? lines_of(options.text("--lines")) : std::vector<std::string>();
}

KeyRing keys_from_environment() {
  const char* const keys = std::getenv("EDGE_ORIGIN_KEYS");
  auto ring = KeyRing::parse(keys == nullptr ? "" : keys);
  if (!ring) throw std::invalid_argument("EDGE_ORIGIN_KEYS must have the origin's value.");
  return std::move(ring).value();
}

class KeptConnection {
 public:
  explicit KeptConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("nobody listens");
  }
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;
  ~KeptConnection() { ::close(socket_); }

  // Returns: the status; the answer is then in answer().
  int exchange(std::string_view request) {
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail("a call could not be sent");
    answer_.clear();
    for (;;) {
      char buffer[8192];
      const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) fail("an answer was missing or incomplete");
      answer_.append(buffer, static_cast<std::size_t>(count));
      if (const auto found = timing::find_answer(answer_)) return found->status;
    }
  }

  const std::string& answer() const { return answer_; }
  std::string_view body() const { return std::string_view(answer_).substr(answer_.find("\r\n\r\n") + 4); }

 private:
  [[noreturn]] static void fail(const char* what) { throw std::runtime_error(std::string(what) + "."); }

  int socket_;
  std::string answer_;
};

struct Plan {
  int port;
  std::string use_case;
  std::string beginning;  // the beginning of every good answer's body
  int connections;
  steady_clock::duration warm_up;
  steady_clock::duration measured;
};

steady_clock::duration seconds_of(double seconds) {
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(seconds));
}

Plan plan_from(const Options& options) {
  return {.port = static_cast<int>(options.number("--port", "0")),
          .use_case = options.text("--use-case"),
          .beginning = R"({"outcome":")" + options.text("--outcome") + "\"",
          .connections = static_cast<int>(options.number("--connections", "16")),
          .warm_up = seconds_of(options.number("--warm-up", "0")),
          .measured = seconds_of(options.number("--seconds", "4"))};
}

// Processor time of this thread: others may run meanwhile.
double thread_microseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
}

class Load {
 public:
  Load(Plan plan, const InputTemplate& input, const KeyRing& keys, Lines& lines)
      : plan_(std::move(plan)), input_(input), keys_(keys), lines_(lines), connected_(plan_.connections) {}

  // Throws: std::runtime_error with the first fault.
  void run() {
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < plan_.connections; ++i) threads.emplace_back([this] { call_until_end(); });
    }
    if (!fault_.empty()) throw std::runtime_error(fault_);
    if (milliseconds_.empty()) throw std::runtime_error("no call was answered within the time.");
  }

  void print() {
    std::ranges::sort(milliseconds_);
    const auto at = [&](double share) {
      return milliseconds_[static_cast<std::size_t>(share * static_cast<double>(milliseconds_.size() - 1))];
    };
    const double seconds = std::chrono::duration<double>(plan_.measured).count();
    const std::size_t calls = milliseconds_.size();
    std::printf(
        R"({"calls": %zu, "statuses": {"200": %zu, "503": %zu}, "seconds": %.4f, "p50": %.4f, "p99": %.4f, "signing_us": %.2f})"
        "\n",
        calls, calls, lost_.load(), seconds, at(0.5), at(0.99), signing_cost());
  }

 private:
  void call_until_end() {
    std::vector<double> mine;
    bool arrived = false;
    try {
      KeptConnection connection(plan_.port);
      CallWriter writer(plan_.use_case, input_, keys_, lines_);
      arrived = true;
      connected_.arrive_and_wait();
      call_over(connection, writer, mine);
    } catch (const std::exception& error) {
      if (!arrived) connected_.count_down();
      note_fault(error.what());
    }
    const std::lock_guard lock(mutex_);
    milliseconds_.insert(milliseconds_.end(), mine.begin(), mine.end());
  }

  // An answer counts if it arrived within the measured time.
  void call_over(KeptConnection& connection, CallWriter& writer, std::vector<double>& mine) {
    const auto begin = steady_clock::now() + plan_.warm_up;
    const auto end = begin + plan_.measured;
    while (steady_clock::now() < end && !failed_) {
      const std::string request = writer.next();
      const auto sent = steady_clock::now();
      const int status = connection.exchange(request);
      const auto answered = steady_clock::now();
      const bool good = status == 200 && connection.body().starts_with(plan_.beginning);
      if (!good && !is_lost(status, connection.body())) throw std::runtime_error("wrong answer: " + connection.answer());
      const bool counts = answered >= begin && answered < end;
      if (good && counts) mine.push_back(Milliseconds(answered - sent).count());
      if (!good && counts) ++lost_;
      if (!good) std::this_thread::sleep_for(kRestAfterLost);
    }
  }

  static bool is_lost(int status, std::string_view body) {
    return status == 503 && body.find(kTurnedAway) != std::string_view::npos;
  }

  // Microseconds of a core. Uses a line of its own again and again: the others are for the calls.
  double signing_cost() const {
    Lines again({"0000000000000000000000000000000000000000000000000000000000000000"}, Lines::Use::kAgain);
    CallWriter writer(plan_.use_case, input_, keys_, again);
    const double began = thread_microseconds();
    for (int i = 0; i < kSigningSample; ++i) writer.next();
    return (thread_microseconds() - began) / kSigningSample;
  }

  void note_fault(const char* what) {
    const std::lock_guard lock(mutex_);
    if (fault_.empty()) fault_ = what;
    failed_ = true;
  }

  const Plan plan_;
  const InputTemplate& input_;
  const KeyRing& keys_;
  Lines& lines_;
  std::latch connected_;
  std::mutex mutex_;
  std::vector<double> milliseconds_;
  std::atomic<std::size_t> lost_ = 0;
  std::string fault_;
  std::atomic<bool> failed_ = false;
};

void load(const Options& options) {
  const InputTemplate input(options.text("--input"));
  const KeyRing keys = keys_from_environment();
  const bool again = options.has("--use") && options.text("--use") == "again";
  Lines lines(lines_from(options), again ? Lines::Use::kAgain : Lines::Use::kOnce);
  Load load(plan_from(options), input, keys, lines);
  load.run();
  load.print();
}

}  // namespace
}  // namespace rekey::bench

int main(int count, char** words) {
  try {
    rekey::bench::load(rekey::bench::Options(count, words));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
