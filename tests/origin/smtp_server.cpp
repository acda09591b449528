#include "tests/origin/smtp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "shared/codec/encoding.h"

namespace rekey::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("smtp_server: " + what); }

std::string decode_base64(std::string_view text) {
  auto size = text.size() / 4 * 3;
  while (!text.empty() && text.ends_with('=') && size > 0) {
    if (text.ends_with("==")) --size;
    --size;
    break;
  }
  std::string out(size, '\0');
  if (from_base64(text, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}) != Error::kNone) fail("broken base64");
  return out;
}

std::string first_word(const std::string& line) {
  auto word = line.substr(0, line.find(' '));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return word;
}

std::string in_angles(const std::string& line) {
  const auto begin = line.find('<') + 1;
  return line.substr(begin, line.rfind('>') - begin);
}

int listen_on_loopback(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, raw, size) != 0 || listen(listener, 64) != 0 || getsockname(listener, raw, &size) != 0)
    fail("cannot listen");
  port = ntohs(address.sin_port);
  return listener;
}

SSL_CTX* load_tls(const Certificate& certificate) {
  auto* context = SSL_CTX_new(TLS_server_method());
  const auto file = certificate.certificate_file();
  const auto key = certificate.key_file();
  if (SSL_CTX_use_certificate_file(context, file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail("cannot load the certificate");
  }
  return context;
}

}  // namespace

// `openssl x509` takes a number of days below zero, `openssl req` does not.
Certificate::Certificate(Validity validity) {
  auto name = (fs::temp_directory_path() / "rekey-relay-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail("no folder for the certificate");
  folder_ = name;
  const auto command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=relay.test"
      " -addext subjectAltName=IP:127.0.0.1 -keyout " +
      key_file() + " -out " + certificate_file() + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) fail("openssl makes no certificate");
  if (validity == Validity::kExpired) expire();
}

void Certificate::expire() const {
  const auto shorter = certificate_file() + ".new";
  const auto command =
      "openssl x509 -in " + certificate_file() + " -signkey " + key_file() + " -days -1 -out " + shorter + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) fail("openssl makes no expired certificate");
  fs::rename(shorter, certificate_file());
}

Certificate::~Certificate() { fs::remove_all(folder_); }

// A connection, in the clear or under TLS, read line by line.
class SmtpServer::Channel {
 public:
  explicit Channel(int socket) : socket_(socket) {}
  ~Channel() {
    if (tls_ != nullptr) SSL_free(tls_);
  }

  bool encrypt(SSL_CTX* context) {
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, socket_);
    unread_.clear();
    return SSL_accept(tls_) == 1;
  }
  bool is_encrypted() const { return tls_ != nullptr; }

  // Returns: false when the other side is gone.
  bool write(std::string_view text) {
    while (!text.empty()) {
      const auto sent = tls_ != nullptr ? SSL_write(tls_, text.data(), static_cast<int>(text.size()))
                                        : static_cast<int>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Out: `line` without its line end, which must be CR LF for `clean` to stay true.
  bool read_line(std::string& line) {
    for (;;) {
      const auto end = unread_.find("\r\n");
      if (end != std::string::npos) {
        line = unread_.substr(0, end);
        unread_.erase(0, end + 2);
        return true;
      }
      char buffer[4096];
      const auto got =
          tls_ != nullptr ? SSL_read(tls_, buffer, sizeof buffer) : static_cast<int>(::recv(socket_, buffer, sizeof buffer, 0));
      if (got <= 0) return false;
      unread_.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int socket_;
  SSL* tls_ = nullptr;
  std::string unread_;
};

SmtpServer::SmtpServer(SmtpServerSettings settings, const Certificate* certificate) : settings_(std::move(settings)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (certificate != nullptr) tls_context_ = load_tls(*certificate);
  listener_ = listen_on_loopback(port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

SmtpServer::~SmtpServer() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  closing_.notify_all();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  hang_up();
  for (auto& thread : threads_) thread.join();
  close(listener_);
  if (tls_context_ != nullptr) SSL_CTX_free(static_cast<SSL_CTX*>(tls_context_));
}

void SmtpServer::hang_up() {
  const std::lock_guard lock(mutex_);
  for (const int socket : open_) shutdown(socket, SHUT_RDWR);
}

void SmtpServer::wait_for_trickle() {
  std::unique_lock lock(mutex_);
  if (!trickling_.wait_for(lock, std::chrono::seconds(30), [this] { return trickles_ > 0; })) fail("nobody was kept waiting");
}

void SmtpServer::reply_once(const std::string& when, SmtpReply reply) {
  const std::lock_guard lock(mutex_);
  script_[when].push_back(std::move(reply));
}

std::vector<ReceivedMail> SmtpServer::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}
std::vector<std::string> SmtpServer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}
std::size_t SmtpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}
std::size_t SmtpServer::encrypted_commands() const {
  const std::lock_guard lock(mutex_);
  return encrypted_;
}
std::string SmtpServer::wire() const {
  const std::lock_guard lock(mutex_);
  return wire_;
}
std::vector<std::string> SmtpServer::log_ins() const {
  const std::lock_guard lock(mutex_);
  return log_ins_;
}

void SmtpServer::accept_all() {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    ++connections_;
    open_.push_back(socket);
    threads_.emplace_back([this, socket] { converse(socket); });
  }
}

void SmtpServer::converse(int socket) {
  {
    Channel channel(socket);
    const bool secured = settings_.tls != SmtpTls::kImplicit || channel.encrypt(static_cast<SSL_CTX*>(tls_context_));
    ReceivedMail mail;
    std::string line;
    bool on = secured && answer(channel, "greeting", "220 relay.test ESMTP");
    while (on && channel.read_line(line)) on = handle(channel, line, mail);
  }
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), socket));
  close(socket);
}

// Returns: whether the conversation goes on.
bool SmtpServer::handle(Channel& channel, const std::string& line, ReceivedMail& mail) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(line);
    if (channel.is_encrypted()) ++encrypted_;
  }
  const auto word = first_word(line);
  if (word == "EHLO") return greet_again(channel);
  if (word == "STARTTLS") return start_tls(channel);
  if (word == "AUTH") return log_in(channel, line);
  if (word == "DATA") return take_data(channel, mail);
  if (word == "MAIL") mail = {in_angles(line), {}, {}};
  if (word == "RCPT") mail.recipients.push_back(in_angles(line));
  const bool known = word == "MAIL" || word == "RCPT" || word == "RSET" || word == "NOOP" || word == "HELO";
  if (word == "QUIT") return answer(channel, word, "221 bye") && false;
  return answer(channel, word, known ? "250 ok" : "500 what?");
}

bool SmtpServer::greet_again(Channel& channel) {
  std::string text = "250-relay.test\r\n";
  if (settings_.tls == SmtpTls::kOffered && !channel.is_encrypted()) text += "250-STARTTLS\r\n";
  if (!settings_.username.empty()) {
    text += "250-AUTH";
    for (const auto& method : settings_.log_in_methods) text += " " + method;
    text += "\r\n";
  }
  return answer(channel, "EHLO", text + "250 SIZE 1000000");
}

bool SmtpServer::start_tls(Channel& channel) {
  if (settings_.tls != SmtpTls::kOffered) return answer(channel, "STARTTLS", "502 no");
  const auto reply = scripted("STARTTLS", "220 go on");
  if (reply.kind != SmtpReply::Kind::kText || !reply.text.starts_with("220")) return channel.write(reply.text + "\r\n");
  return channel.write("220 go on\r\n") && channel.encrypt(static_cast<SSL_CTX*>(tls_context_));
}

bool SmtpServer::log_in(Channel& channel, const std::string& line) {
  std::string username;
  std::string password;
  if (line.starts_with("AUTH PLAIN")) {
    std::string initial = line.size() > 11 ? line.substr(11) : "";
    if (initial.empty() && !(channel.write("334 \r\n") && channel.read_line(initial))) return false;
    const auto text = decode_base64(initial);
    const auto second = text.find('\0', text.find('\0') + 1);
    username = text.substr(text.find('\0') + 1, second - text.find('\0') - 1);
    password = text.substr(second + 1);
  } else {
    std::string encoded = line.size() > 11 ? line.substr(11) : "";
    if (encoded.empty() && !(channel.write("334 VXNlcm5hbWU6\r\n") && channel.read_line(encoded))) return false;
    username = decode_base64(encoded);
    if (!channel.write("334 UGFzc3dvcmQ6\r\n") || !channel.read_line(encoded)) return false;
    password = decode_base64(encoded);
  }
  const bool good = username == settings_.username && password == settings_.password;
  {
    const std::lock_guard lock(mutex_);
    log_ins_.push_back(line.substr(5, 5) + " " + username + " " + password);
  }
  return answer(channel, "AUTH", good ? "235 welcome" : "535 no");
}

bool SmtpServer::take_data(Channel& channel, ReceivedMail& mail) {
  const auto reply = scripted("DATA", "354 go on");
  if (reply.kind == SmtpReply::Kind::kClose) return false;
  if (!channel.write(reply.text + "\r\n")) return false;
  if (!reply.text.starts_with("354")) return true;
  std::string line;
  while (channel.read_line(line) && line != ".") {
    mail.data += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
    const std::lock_guard lock(mutex_);
    wire_ += line + "\r\n";
  }
  const auto verdict = scripted(".", "250 taken");
  if (verdict.text.starts_with("250")) {
    const std::lock_guard lock(mutex_);
    mails_.push_back(mail);
  }
  return say(channel, verdict);
}

SmtpReply SmtpServer::scripted(const std::string& when, const std::string& usual) {
  const std::lock_guard lock(mutex_);
  auto& replies = script_[when];
  if (replies.empty()) return {SmtpReply::Kind::kText, usual};
  auto reply = replies.front();
  replies.pop_front();
  return reply;
}

bool SmtpServer::answer(Channel& channel, const std::string& when, const std::string& usual) {
  return say(channel, scripted(when, usual));
}

bool SmtpServer::say(Channel& channel, const SmtpReply& reply) {
  switch (reply.kind) {
    case SmtpReply::Kind::kText:
      return channel.write(reply.text + "\r\n");
    case SmtpReply::Kind::kTextAndClose:
      return channel.write(reply.text + "\r\n") && false;
    case SmtpReply::Kind::kClose:
      return false;
    case SmtpReply::Kind::kEndlessLine:
      return send_endless(channel, std::string(65536, 'x'));
    case SmtpReply::Kind::kEndlessLines:
      return send_endless(channel, "250-and more\r\n");
    case SmtpReply::Kind::kTrickle:
      return trickle(channel);
    case SmtpReply::Kind::kLate:
      return answer_late(channel, reply.text);
  }
  fail("no such kind of reply");
}

bool SmtpServer::answer_late(Channel& channel, const std::string& text) {
  std::unique_lock lock(mutex_);
  if (closing_.wait_for(lock, kLateReply, [this] { return closed_; })) return false;
  lock.unlock();
  return channel.write(text + "\r\n");
}

bool SmtpServer::trickle(Channel& channel) {
  std::unique_lock lock(mutex_);
  ++trickles_;
  trickling_.notify_all();
  while (!closing_.wait_for(lock, std::chrono::milliseconds(20), [this] { return closed_; })) {
    if (!channel.write("2")) return false;
  }
  return false;
}

bool SmtpServer::send_endless(Channel& channel, std::string_view piece) {
  while (channel.write(piece)) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
  }
  return false;
}

}  // namespace rekey::test
