// A mail relay that takes everything as fast as it can, on 127.0.0.1, for the mail worker and bare libcurl.
//   smtp_sink [port] [--stamps FILE] [--delay-ms N]
// Prints "port N" when it listens, "mails N" once a second while mails arrive, and once more at SIGTERM, at which it ends. The
// stamps are lines "nanoseconds recipient": CLOCK_REALTIME when the mail's last byte was read. The delay holds the reply to each
// mail's end. One thread with epoll. No TLS; every command is answered separately, since libcurl does not pipeline.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "origin/http/file_descriptor.h"

namespace rekey::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxLine = 4096;  // RFC 5321 allows 512; the connection is closed at a longer one
constexpr std::size_t kStampsBuffer = 64 * 1024;
constexpr milliseconds kTick{50};  // the longest delay of a stamp on its way to the file
constexpr milliseconds kTellEvery{1'000};
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kMailEnd = "\r\n.\r\n";

struct Options {
  std::uint16_t port = 0;
  std::string stamps;
  milliseconds delay{0};
};

int number_from(std::string_view text, const char* what) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || number < 0 || number > 65535)
    throw std::invalid_argument(std::string(what) + " must be a number from 0 to 65535.");
  return number;
}

Options options_from(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool has_value = i + 1 < count;
    if (word == "--stamps" && has_value) {
      options.stamps = words[++i];
    } else if (word == "--delay-ms" && has_value) {
      options.delay = milliseconds(number_from(words[++i], "--delay-ms"));
    } else {
      options.port = static_cast<std::uint16_t>(number_from(word, "The port"));
    }
  }
  return options;
}

FileDescriptor checked(int fd, const char* what) {
  if (fd < 0) throw std::runtime_error(std::string("smtp_sink: ") + what + " failed");
  return FileDescriptor(fd);
}

FileDescriptor listen_on_loopback(std::uint16_t& port) {
  auto listener = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  const int on = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), raw, size) != 0 || listen(listener.get(), 1024) != 0 || getsockname(listener.get(), raw, &size) != 0) {
    throw std::runtime_error("smtp_sink: can't listen on 127.0.0.1: use another port");
  }
  port = ntohs(address.sin_port);
  return listener;
}

FileDescriptor signals_to_end() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return checked(signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");
}

// The arrivals in order, flushed every kTick, so that a reader can follow.
class Stamps {
 public:
  explicit Stamps(const std::string& path) {
    if (path.empty()) return;
    file_.reset(std::fopen(path.c_str(), "we"));
    if (!file_) throw std::runtime_error("smtp_sink: the stamps' file can't be written");
    std::setvbuf(file_.get(), nullptr, _IOFBF, kStampsBuffer);
  }

  void add(const std::string& recipient) {
    if (!file_) return;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto nanoseconds = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    std::fprintf(file_.get(), "%lld %s\n", static_cast<long long>(nanoseconds), recipient.c_str());
  }

  void flush() {
    if (file_ && std::fflush(file_.get()) != 0) throw std::runtime_error("smtp_sink: the stamps can't be written");
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

struct Client {
  FileDescriptor socket;
  std::uint64_t id = 0;  // unlike a descriptor's number, never reused
  bool in_mail = false;
  std::string unread;
  std::string recipient;
};

std::string in_angles(std::string_view line) {
  const auto begin = line.find('<');
  const auto end = line.rfind('>');
  return begin == line.npos || end == line.npos || end < begin ? "?" : std::string(line.substr(begin + 1, end - begin - 1));
}

bool is_command(std::string_view line, std::string_view word) {
  if (line.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((line[i] & ~0x20) != word[i]) return false;
  }
  return true;
}

class Sink {
 public:
  explicit Sink(const Options& options)
      : delay_(options.delay),
        stamps_(options.stamps),
        port_(options.port),
        listener_(listen_on_loopback(port_)),
        signals_(signals_to_end()),
        epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    watch(listener_.get());
    watch(signals_.get());
  }

  void run() {
    say("port", port_);
    while (!ended_) {
      wait_once();
      release_held();
      tick();
    }
    stamps_.flush();
    say("mails", mails_);
  }

 private:
  struct Held {
    steady_clock::time_point due;
    int fd;
    std::uint64_t id;
  };

  static void say(const char* what, std::uint64_t number) {
    std::printf("%s %llu\n", what, static_cast<unsigned long long>(number));
    std::fflush(stdout);
  }

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("smtp_sink: epoll_ctl failed");
  }

  void wait_once() {
    std::array<epoll_event, 256> events;
    const int timeout = held_.empty() ? static_cast<int>(kTick.count()) : 1;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)].data.fd);
  }

  void handle(int fd) {
    if (fd == signals_.get()) {
      ended_ = true;
    } else if (fd == listener_.get()) {
      accept_all();
    } else if (const auto found = clients_.find(fd); found != clients_.end() && !read_from(found->second)) {
      clients_.erase(found);
    }
  }

  void accept_all() {
    for (;;) {
      FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!socket) return;
      const int fd = socket.get();
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(fd);
      Client client;
      client.socket = std::move(socket);
      client.id = ++connections_;
      if (reply(client, "220 sink.test ESMTP")) clients_.insert_or_assign(fd, std::move(client));
    }
  }

  // Returns: whether the conversation goes on.
  bool read_from(Client& client) {
    std::array<char, 16 * 1024> buffer;
    const auto got = recv(client.socket.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    client.unread.append(buffer.data(), static_cast<std::size_t>(got));
    return take_unread(client);
  }

  bool take_unread(Client& client) {
    for (;;) {
      if (client.in_mail) {
        if (!take_mail(client)) return true;
        if (!acknowledge(client)) return false;
        continue;
      }
      const auto end = client.unread.find(kLineEnd);
      if (end == std::string::npos) return client.unread.size() <= kMaxLine;
      const std::string line = client.unread.substr(0, end);
      client.unread.erase(0, end + kLineEnd.size());
      if (!obey(client, line)) return false;
    }
  }

  bool obey(Client& client, std::string_view line) {
    if (is_command(line, "RCPT")) client.recipient = in_angles(line);
    if (is_command(line, "QUIT")) return reply(client, "221 bye") && false;
    if (is_command(line, "AUTH")) return reply(client, "235 welcome");
    if (!is_command(line, "DATA")) return reply(client, "250 fine");
    client.in_mail = true;
    client.unread.insert(0, kLineEnd);  // so that the end of an empty mail looks like any other
    return reply(client, "354 go on");
  }

  // Returns: whether the mail is complete. Drops all bytes except a possible beginning of its end: nobody reads them.
  bool take_mail(Client& client) {
    const auto end = client.unread.find(kMailEnd);
    if (end == std::string::npos) {
      const auto keep = kMailEnd.size() - 1;
      if (client.unread.size() > keep) client.unread.erase(0, client.unread.size() - keep);
      return false;
    }
    client.unread.erase(0, end + kMailEnd.size());
    client.in_mail = false;
    stamps_.add(client.recipient);
    ++mails_;
    return true;
  }

  bool acknowledge(Client& client) {
    if (delay_ == milliseconds(0)) return reply(client, "250 taken");
    held_.push_back({steady_clock::now() + delay_, client.socket.get(), client.id});
    return true;
  }

  // All have the same delay, so the oldest is due first.
  void release_held() {
    const auto now = steady_clock::now();
    for (; !held_.empty() && held_.front().due <= now; held_.pop_front()) {
      const auto found = clients_.find(held_.front().fd);
      if (found == clients_.end() || found->second.id != held_.front().id) continue;
      if (!reply(found->second, "250 taken")) clients_.erase(found);
    }
  }

  // A reply fits into the socket's buffer unless the client reads none; then its connection is closed.
  static bool reply(const Client& client, std::string_view text) {
    const std::string line = std::string(text) + "\r\n";
    return send(client.socket.get(), line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
  }

  void tick() {
    const auto now = steady_clock::now();
    if (now - last_tick_ < kTick) return;
    last_tick_ = now;
    stamps_.flush();
    if (mails_ == told_ || now - last_told_ < kTellEvery) return;
    last_told_ = now;
    told_ = mails_;
    say("mails", mails_);
  }

  const milliseconds delay_;
  Stamps stamps_;
  std::uint16_t port_;
  FileDescriptor listener_;
  FileDescriptor signals_;
  FileDescriptor epoll_;
  std::unordered_map<int, Client> clients_;
  std::deque<Held> held_;
  std::uint64_t connections_ = 0;
  std::uint64_t mails_ = 0;
  std::uint64_t told_ = 0;
  steady_clock::time_point last_tick_{};
  steady_clock::time_point last_told_{};
  bool ended_ = false;
};

}  // namespace
}  // namespace rekey::bench

int main(int count, char** words) {
  try {
    rekey::bench::Sink(rekey::bench::options_from(count, words)).run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
