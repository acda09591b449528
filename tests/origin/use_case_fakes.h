// Ports in memory, for tests of the use cases' own logic: they record their calls, and a test can make them slow or unavailable.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/random.h"
#include "origin/ports/store.h"
#include "origin/ports/text_normalizer.h"
#include "shared/password_policy.h"

namespace rekey::test {

class FakeMetrics final : public Metrics {
 public:
  void count(Counter counter, Label label) override;
  void set(Gauge gauge, std::int64_t value, Label) override { gauges_[gauge] = value; }
  void observe(Timing timing, std::chrono::nanoseconds) override;
  void clear(Gauge gauge) override { gauges_.erase(gauge); }
  void request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) override;
  void ended(Ended what, MailEnd end) override;

  struct Request {
    std::string use_case;
    std::string outcome;
    std::chrono::nanoseconds duration;
  };
  std::vector<Request> requests() const;

  int counted(Counter counter) const;
  int counted(Ended what, MailEnd end) const;
  int counted(Counter counter, const std::string& label) const;
  std::int64_t shown(Gauge gauge) const { return gauges_.at(gauge); }
  int observed(Timing timing) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<Ended, MailEnd>, int> ends_;
  std::map<Counter, int> counts_;
  std::map<std::pair<Counter, std::string>, int> labelled_;
  std::map<Timing, int> observations_;
  std::map<Gauge, std::int64_t> gauges_;
  std::vector<Request> requests_;
};

class FakeRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (auto& byte : out) byte = 7;
  }
};

class FakeEventLog final : public EventLog {
 public:
  void record(Event event, std::string_view request_id, std::span<const EventField> fields) override;
  int count(Event event) const;
  const std::string& text() const { return text_; }  // all that was written, to be searched for secrets

 private:
  std::vector<Event> events_;
  std::string text_;
};

// Leaves texts unchanged, except that `a+` becomes `A`: a visible composition. "\xFF" stands for invalid UTF-8.
class FakeNormalizer final : public TextNormalizer {
 public:
  std::optional<std::string> nfc(std::string_view text) const override;
};

// A hash is the password after `new:` or `old:`. Counts the work of each call.
class FakeHasher final : public PasswordHasher {
 public:
  std::optional<PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) override;
  using PasswordHasher::verify;
  PasswordMatch verify(std::string_view password, const PasswordHash& stored, Admits admits) override;
  PasswordHash hash_of_nobody(std::string_view address) override;
  void expect(const std::vector<std::string>&) override {}
  std::size_t most_bytes() const override { return most; }

  std::size_t most = kAnyPasswordBytes;
  int hashed = 0;
  int verified = 0;
  std::string last_verified;                  // the stored text
  std::function<void()> before_turn = [] {};  // runs while the caller waits in line
};

class FakeAccounts final : public AccountStore {
 public:
  std::optional<User> insert_user(const NewUser& user, const RequestInfo& request) override;
  std::optional<Account> find_account(const EmailAddress& email) override;
  bool open_session(const std::string& user_id, const PasswordHash& verified, const std::optional<PasswordHash>& upgraded,
                    const NewSession& session, const RequestInfo& request) override;
  std::optional<SessionUser> find_session(const TokenHash& token, const std::optional<NewSession>& renewal) override;
  void end_session(const TokenHash& token, const RequestInfo& request) override;
  bool change_password(const std::string& user_id, const PasswordHash& verified, const PasswordHash& replacement,
                       const TokenHash& kept_session, const RequestInfo& request) override;
  bool has_changed_password(const RequestInfo& request) override { return changed.contains(request.request_id); }
  std::vector<std::string> list_hash_beginnings(std::size_t) override { return {}; }
  void note_refused_log_in(const EmailAddress& email, const RequestInfo& request) override;

  std::vector<LiveSession> list_sessions(const std::string&, const TokenHash&, std::size_t) override { return listed; }
  bool end_chosen_sessions(const TokenHash&, std::string_view id, const RequestInfo&) override {
    chosen.emplace_back(id);
    return true;
  }
  std::optional<std::string> end_reused_session(const TokenHash& token, const RequestInfo&) override {
    return reused.contains(token) ? std::optional<std::string>("id of ada") : std::nullopt;
  }

  Account& add(const std::string& name, const std::string& hash);

  std::vector<Account> all;
  std::map<TokenHash, std::string> sessions;   // by token: the user's id
  std::set<TokenHash> reused;                  // that end_reused_session() finds
  std::vector<LiveSession> listed;             // by list_sessions()
  std::vector<std::string> chosen;             // by end_chosen_sessions()
  std::set<std::string> changed;               // ids of requests that changed a password
  std::vector<std::string> refused;            // "request id, typed address" of each refused log-in
  std::function<void()> before_write = [] {};  // runs between the use case's look-up and its write
};

class FakeRecovery final : public RecoveryStore {
 public:
  Inserted insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) override;
  bool was_issued(const TokenHash& token) override { return issued.contains(token); }
  std::optional<Account> find_reset_token(const TokenHash& token) override;
  bool consume_reset_token(const TokenHash& token, const PasswordHash& replacement, const RequestInfo& request) override;
  std::optional<std::string> find_reset(const RequestInfo& request) override;
  CodeVerdict try_code(const CodeTry& attempt, std::uint32_t missed_a_day, const RequestInfo& request) override;
  bool cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) override;
  void ping() override {}

  void issue(const TokenHash& token, const std::string& name);

  std::map<TokenHash, Account> live;
  std::map<TokenHash, int> issued;
  std::map<std::string, TokenHash> codes;  // by the text of a code's prints
  CodeVerdict::Misses misses = CodeVerdict::Misses::kLeft;
  std::map<std::string, std::string> reset;  // by the id of a request that used a token up: the account's address
  std::function<void()> before_use = [] {};  // runs between the use case's look-up and its write
  std::vector<std::pair<std::string, ForgotMark>> requests;
  std::function<void()> before_insert = [] {};
};

}  // namespace rekey::test
