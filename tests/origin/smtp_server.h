// A relay for tests: real sockets on loopback, the part of SMTP that a submission needs, TLS with a newly made certificate, and
// faults that a test orders. Each connection has a thread of its own; everything it receives can be read afterwards.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rekey::test {

// A self-signed certificate for 127.0.0.1, made by the openssl program in a folder that is deleted with this object.
class Certificate {
 public:
  enum class Validity : std::uint8_t { kTwoDays, kExpired };
  explicit Certificate(Validity validity = Validity::kTwoDays);
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string certificate_file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  void expire() const;

  std::filesystem::path folder_;
};

inline constexpr std::chrono::milliseconds kLateReply{1'500};

struct SmtpReply {
  enum class Kind : std::uint8_t {
    kText,          // `text` and CR LF
    kClose,         // hangs up instead
    kTrickle,       // a reply byte by byte, slowly and without an end
    kEndlessLine,   // one line without an end, as fast as the client reads
    kEndlessLines,  // a continued reply that is never finished
    kTextAndClose,
    kLate,  // `text` after kLateReply
  };
  Kind kind = Kind::kText;
  std::string text;
};

struct ReceivedMail {
  std::string from;                     // as in MAIL FROM:<...>
  std::vector<std::string> recipients;  // as in RCPT TO:<...>
  std::string data;                     // between DATA and the dot, dots unstuffed
};

enum class SmtpTls : std::uint8_t { kNone, kOffered, kImplicit };

struct SmtpServerSettings {
  SmtpTls tls = SmtpTls::kNone;
  std::string username{};  // if set, AUTH PLAIN and LOGIN are offered
  std::string password{};
  std::vector<std::string> log_in_methods = {"PLAIN", "LOGIN"};
};

class SmtpServer {
 public:
  explicit SmtpServer(SmtpServerSettings settings = {}, const Certificate* certificate = nullptr);
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::uint16_t port() const { return port_; }

  // Replaces the next reply to `when`: "greeting", a command's first word in upper case, or "." for the end of the data.
  void reply_once(const std::string& when, SmtpReply reply);
  void reply_once(const std::string& when, const std::string& text) { reply_once(when, {SmtpReply::Kind::kText, text}); }

  // Closes all connections, as a relay does at its restart; new ones are accepted.
  void hang_up();

  // Blocks until a client waits for a reply of kTrickle; throws after half a minute.
  void wait_for_trickle();

  std::vector<ReceivedMail> mails() const;    // taken with 250
  std::vector<std::string> commands() const;  // of all connections, in order of arrival
  std::size_t connections() const;
  std::size_t encrypted_commands() const;    // how many of commands() came under TLS
  std::string wire() const;                  // every byte of every DATA as received, dots still stuffed
  std::vector<std::string> log_ins() const;  // such as "PLAIN user password", in order of arrival

 private:
  class Channel;

  void accept_all();
  void converse(int socket);
  bool handle(Channel& channel, const std::string& line, ReceivedMail& mail);
  bool greet_again(Channel& channel);
  bool start_tls(Channel& channel);
  bool log_in(Channel& channel, const std::string& line);
  bool take_data(Channel& channel, ReceivedMail& mail);
  bool answer(Channel& channel, const std::string& when, const std::string& usual);
  bool say(Channel& channel, const SmtpReply& reply);
  SmtpReply scripted(const std::string& when, const std::string& usual);
  bool answer_late(Channel& channel, const std::string& text);
  bool trickle(Channel& channel);
  bool send_endless(Channel& channel, std::string_view piece);

  SmtpServerSettings settings_;
  void* tls_context_ = nullptr;  // SSL_CTX
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable closing_;
  std::condition_variable trickling_;
  std::size_t trickles_ = 0;
  bool closed_ = false;
  std::map<std::string, std::deque<SmtpReply>> script_;
  std::vector<int> open_;
  std::vector<ReceivedMail> mails_;
  std::vector<std::string> commands_;
  std::vector<std::string> log_ins_;
  std::string wire_;
  std::size_t connections_ = 0;
  std::size_t encrypted_ = 0;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace rekey::test
