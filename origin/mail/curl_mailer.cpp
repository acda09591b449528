#include "origin/mail/curl_mailer.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "origin/mail/mail_message.h"
#include "origin/mail/mail_verdict.h"
#include "shared/codec/ascii.h"
#include "shared/codec/bytes.h"
#include "shared/codec/decimal.h"

namespace rekey {
namespace {

using std::chrono::milliseconds;

// A greeting, an EHLO of thirty lines and four replies are 3 KB.
constexpr std::size_t kMaxReplies = 64 * 1024;

// The smallest that libcurl accepts, and larger than a mail. For each mail libcurl allocates one buffer of this size and one of
// twice the size: with its usual 64 KiB malloc gave the memory back to the system each time, and asked for it again.
constexpr long kUploadBuffer = 16 * 1024;

void start_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  });
}

// The state of the dialogue under way, filled by three libcurl callbacks.
struct Dialogue {
  std::string_view message{};
  std::size_t sent = 0;
  std::size_t heard = 0;
  SmtpStage stage = SmtpStage::kConnecting;
  CURL* handle = nullptr;
  milliseconds time_with_last_word{};  // the whole mail's time-out once its end is on its way
  RelayRehearsal* rehearsal = nullptr;
};

SmtpStage stage_after(std::string_view command, SmtpStage before) {
  if (command.starts_with("EHLO") || command.starts_with("HELO")) return SmtpStage::kHello;
  if (command.starts_with("STARTTLS")) return SmtpStage::kStartTls;
  if (command.starts_with("AUTH")) return SmtpStage::kLogIn;
  if (command.starts_with("MAIL FROM")) return SmtpStage::kSender;
  if (command.starts_with("RCPT TO")) return SmtpStage::kRecipient;
  if (command.starts_with("DATA")) return SmtpStage::kData;
  return before;
}

int on_trace(CURL*, curl_infotype type, char* data, std::size_t size, void* dialogue) {
  auto& under_way = *static_cast<Dialogue*>(dialogue);
  if (type != CURLINFO_HEADER_OUT) return 0;
  under_way.stage = stage_after({data, size}, under_way.stage);
  if (std::string_view(data, size).starts_with("QUIT")) under_way.rehearsal = nullptr;  // the reply to it tells nothing
  const bool logs_in = under_way.stage == SmtpStage::kLogIn;
  if (logs_in && under_way.rehearsal != nullptr) under_way.rehearsal->tried_log_in = true;
  return 0;
}

// Returns: whether the rehearsal ends here, with the last line of the reply to RCPT TO.
bool note_reply(RelayRehearsal& rehearsal, SmtpStage stage, std::string_view line) {
  constexpr std::size_t kMaxReply = 200;
  rehearsal.reply = printable(line, kMaxReply);
  rehearsal.code = static_cast<int>(parse_decimal(line.substr(0, 3), 599).value_or(0));
  const bool last_line = line.size() < 4 || line[3] != '-';
  return stage == SmtpStage::kRecipient && last_line;
}

std::size_t on_reply(char* line, std::size_t, std::size_t size, void* dialogue) {
  auto& under_way = *static_cast<Dialogue*>(dialogue);
  under_way.heard += size;
  auto* const rehearsal = under_way.rehearsal;
  if (rehearsal != nullptr && note_reply(*rehearsal, under_way.stage, {line, size})) return 0;
  return under_way.heard > kMaxReplies ? 0 : size;  // 0 ends the dialogue
}

long at_least_one(milliseconds time) { return std::max(1L, static_cast<long>(time.count())); }  // 0 means no limit

// Once the relay may have the mail it gets more time: giving up then would add a copy to the inbox with every attempt.
void begin_message_end(Dialogue& dialogue) {
  dialogue.stage = SmtpStage::kMessageEnd;
  curl_easy_setopt(dialogue.handle, CURLOPT_TIMEOUT_MS, at_least_one(dialogue.time_with_last_word));
}

std::size_t on_read(char* buffer, std::size_t, std::size_t room, void* dialogue) {
  auto& under_way = *static_cast<Dialogue*>(dialogue);
  under_way.stage = SmtpStage::kMessage;
  const auto size = under_way.message.copy(buffer, room, under_way.sent);
  under_way.sent += size;
  if (under_way.sent == under_way.message.size()) begin_message_end(under_way);
  return size;
}

SmtpEnd end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return SmtpEnd::kDone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return SmtpEnd::kNoConnection;
    case CURLE_USE_SSL_FAILED:
      return SmtpEnd::kNoTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return SmtpEnd::kNotTrusted;
    case CURLE_OPERATION_TIMEDOUT:
      return SmtpEnd::kTimedOut;
    case CURLE_WRITE_ERROR:
      return SmtpEnd::kTooMuchSaid;
    case CURLE_ABORTED_BY_CALLBACK:
      return SmtpEnd::kCutOff;
    default:
      return SmtpEnd::kReply;
  }
}

RehearsalEnd rehearsal_end(CURLcode code, const RelayRehearsal& rehearsal) {
  const bool greeted = rehearsal.stage > SmtpStage::kConnecting;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return RehearsalEnd::kNoSuchHost;
    case CURLE_COULDNT_CONNECT:
      return RehearsalEnd::kNoConnection;
    case CURLE_OPERATION_TIMEDOUT:
      return RehearsalEnd::kTimedOut;
    case CURLE_USE_SSL_FAILED:
      return RehearsalEnd::kNoTls;
    case CURLE_SSL_CONNECT_ERROR:
      return RehearsalEnd::kTlsFailed;
    case CURLE_PEER_FAILED_VERIFICATION:
      return RehearsalEnd::kNotTrusted;
    case CURLE_SSL_CACERT_BADFILE:
      return RehearsalEnd::kNoCaFile;
    case CURLE_LOGIN_DENIED:
      return rehearsal.tried_log_in ? RehearsalEnd::kReply : RehearsalEnd::kNoLogIn;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR:
      return greeted ? RehearsalEnd::kReply : RehearsalEnd::kNotSmtp;
    default:
      return greeted && rehearsal.code >= 400 ? RehearsalEnd::kReply : RehearsalEnd::kBroke;
  }
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

// One easy handle and the connection in it.
class CurlMailer::Connection {
 public:
  Connection(const RelaySettings& settings, const CutOff& cut_off)
      : handle_(curl_easy_init()), last_word_timeout_(settings.last_word_timeout), cut_off_(cut_off) {
    if (handle_ == nullptr) throw std::bad_alloc();
    set_relay(settings);
    set_callbacks();
    set(CURLOPT_UPLOAD, 1L);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Why the shutdown: curl_easy_cleanup sends QUIT and waits up to two minutes for the reply.
  ~Connection() {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD) {
      shutdown(socket, SHUT_RDWR);
    }
    curl_easy_cleanup(handle_);
  }

  SmtpResult send(const std::string& to, std::string_view message, milliseconds time_left) {
    dialogue_ = {.message = message, .handle = handle_, .time_with_last_word = time_left + last_word_timeout_};
    const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
    if (!recipients) throw std::bad_alloc();
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    set(CURLOPT_TIMEOUT_MS, at_least_one(time_left));
    if (++mails_ == kMailsPerConnection) set(CURLOPT_FORBID_REUSE, 1L);
    const auto code = curl_easy_perform(handle_);
    set(CURLOPT_MAIL_RCPT, nullptr);
    return result_of(code);
  }

  // Names the sender, as for a mail, and then quits. libcurl decodes the percent signs of a command.
  SmtpResult probe(const std::string& sender, milliseconds time_left) {
    dialogue_ = {.handle = handle_};
    std::string command = "MAIL FROM:<";
    for (const char c : sender) command += c == '%' ? "%25" : std::string(1, c);
    set(CURLOPT_UPLOAD, 0L);
    set(CURLOPT_NOBODY, 1L);
    set(CURLOPT_CUSTOMREQUEST, (command + ">").c_str());
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_TIMEOUT_MS, at_least_one(time_left));
    return result_of(curl_easy_perform(handle_));
  }

  // The reply to RCPT TO ends it: libcurl gets no further than for a mail that the relay refuses.
  RelayRehearsal rehearse(const std::string& to, milliseconds time_left) {
    RelayRehearsal rehearsal;
    dialogue_ = {.message = "", .handle = handle_, .rehearsal = &rehearsal};
    const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
    if (!recipients) throw std::bad_alloc();
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_TIMEOUT_MS, at_least_one(time_left));
    const auto code = curl_easy_perform(handle_);
    set(CURLOPT_MAIL_RCPT, nullptr);
    rehearsal.stage = dialogue_.stage;
    rehearsal.certificate_fault = info(CURLINFO_SSL_VERIFYRESULT);
    rehearsal.connected = info_time(CURLINFO_CONNECT_TIME_T) > 0;
    rehearsal.end = rehearsal_end(code, rehearsal);
    return rehearsal;
  }

  bool is_spent() const { return mails_ >= kMailsPerConnection; }

  // Whether the last mail failed because the relay had hung up between two mails: it can't have this one.
  bool was_stale(const SmtpResult& result) const {
    const bool reused = info(CURLINFO_NUM_CONNECTS) == 0;
    const bool hung_up = result.end == SmtpEnd::kReply && (dialogue_.heard == 0 || result.code == 421);
    return reused && hung_up && result.stage < SmtpStage::kData;
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle_, option, value) != CURLE_OK) throw std::runtime_error("libcurl refuses an option");
  }

  long info(CURLINFO which) const {
    long value = 0;
    curl_easy_getinfo(handle_, which, &value);
    return value;
  }

  curl_off_t info_time(CURLINFO which) const {
    curl_off_t value = 0;
    curl_easy_getinfo(handle_, which, &value);
    return value;
  }

  SmtpResult result_of(CURLcode code) const {
    const bool no_connection = code == CURLE_OPERATION_TIMEDOUT && !was_connected();
    return {no_connection ? SmtpEnd::kNoConnection : end_of(code), dialogue_.stage,
            static_cast<int>(info(CURLINFO_RESPONSE_CODE))};
  }

  // For time-outs, which have one code in libcurl. A reused connection sends a command first.
  bool was_connected() const { return dialogue_.stage > SmtpStage::kConnecting || info_time(CURLINFO_CONNECT_TIME_T) > 0; }

  void set_relay(const RelaySettings& settings) {
    set(CURLOPT_URL, relay_url(settings).c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // ignores the environment
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    const auto longest_wait = std::max(settings.dialogue_timeout, settings.last_word_timeout);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, static_cast<long>(longest_wait.count() / 1000)));
    set(CURLOPT_USE_SSL, static_cast<long>(settings.tls == MailTls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!settings.ca_file.empty()) {
      set(CURLOPT_CAINFO, settings.ca_file.c_str());
      set(CURLOPT_CAPATH, nullptr);  // else the system's authorities are trusted, too
    }
    set(CURLOPT_MAIL_FROM, ("<" + settings.from_address + ">").c_str());
    if (settings.username.empty()) return;
    set(CURLOPT_USERNAME, settings.username.c_str());
    set(CURLOPT_PASSWORD, settings.password.c_str());
    set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");  // otherwise libcurl tries Kerberos first for `user@realm`
  }

  void set_callbacks() {
    set(CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
    set(CURLOPT_READFUNCTION, on_read);
    set(CURLOPT_READDATA, &dialogue_);
    set(CURLOPT_HEADERFUNCTION, on_reply);
    set(CURLOPT_HEADERDATA, &dialogue_);
    set(CURLOPT_VERBOSE, 1L);  // goes to on_trace alone, which keeps only the command's name
    set(CURLOPT_DEBUGFUNCTION, on_trace);
    set(CURLOPT_DEBUGDATA, &dialogue_);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, this);
  }

  // Why the quick exit: otherwise libcurl still waits for a name server that does not answer.
  static int on_progress(void* connection, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& self = *static_cast<Connection*>(connection);
    if (!self.cut_off_.is_due()) return 0;
    curl_easy_setopt(self.handle_, CURLOPT_QUICK_EXIT, 1L);
    return 1;  // ends the dialogue
  }

  CURL* handle_;
  const milliseconds last_word_timeout_;
  const CutOff& cut_off_;
  Dialogue dialogue_;
  int mails_ = 0;
};

CurlMailer::CurlMailer(RelaySettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {
  if (const char* wrong = fault_of(settings_)) throw std::invalid_argument(wrong);
  start_libcurl();
}

CurlMailer::~CurlMailer() = default;

MailOutcome CurlMailer::send(const Mail& mail) {
  auto message = make_mail_message(mail, {settings_.from_address, settings_.from_name}, clock_.now());
  if (!message) return {MailVerdict::kPoisoned, 0, "the mail breaks the rules of addresses or headers"};
  const auto outcome = judge_mail(send_message(mail.to, *message));
  wipe({reinterpret_cast<std::uint8_t*>(message->data()), message->size()});
  return outcome;
}

RelayRehearsal CurlMailer::rehearse(const std::string& to) {
  return Connection(settings_, cut_off_).rehearse(to, settings_.dialogue_timeout);
}

MailOutcome CurlMailer::probe(RelayRank) {
  return judge_mail(Connection(settings_, cut_off_).probe(settings_.from_address, settings_.dialogue_timeout));
}

SmtpResult CurlMailer::send_message(const std::string& to, std::string_view message) {
  const auto started = clock_.steady_now();
  if (connection_ && (connection_->is_spent() || started - last_used_ > kMaxIdleConnection)) connection_.reset();
  if (!connection_) connection_ = std::make_unique<Connection>(settings_, cut_off_);
  auto result = connection_->send(to, message, settings_.dialogue_timeout);
  if (connection_->was_stale(result)) {
    connection_ = std::make_unique<Connection>(settings_, cut_off_);
    const auto spent = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - started);
    result = connection_->send(to, message, settings_.dialogue_timeout - spent);
  }
  last_used_ = clock_.steady_now();
  return result;
}

}  // namespace rekey
