// Accounts, tokens and the queue of mails in memory. One mutex makes a transaction of each call. A store for tests: it forgets
// all when the program ends, limits no mail and keeps no sessions' renewals.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "origin/origin.h"

class MemoryStore : public rekey::Store {
 public:
  // --- accounts and sessions

  std::optional<rekey::User> insert_user(const rekey::NewUser& wanted, const rekey::RequestInfo&) override {
    const std::scoped_lock lock(mutex_);
    if (is_taken(wanted)) return std::nullopt;
    rekey::User user;
    user.id = "user-" + std::to_string(accounts_.size() + 1);
    user.username = wanted.username.text();
    user.email = wanted.email.text();
    accounts_[std::string(wanted.email.normalized())] = {user, wanted.password_hash};
    return user;
  }

  std::optional<rekey::Account> find_account(const rekey::EmailAddress& email) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(email.normalized());
    return found == accounts_.end() ? std::nullopt : std::optional(found->second);
  }

  bool open_session(const std::string& user_id, const rekey::PasswordHash& verified,
                    const std::optional<rekey::PasswordHash>& upgraded, const rekey::NewSession& session,
                    const rekey::RequestInfo&) override {
    const std::scoped_lock lock(mutex_);
    auto* account = account_with(user_id);
    if (account == nullptr || !account->user.is_active || account->password_hash != verified) return false;
    if (upgraded) account->password_hash = *upgraded;
    sessions_[session.token_hash] = {user_id, now() + session.lifetime};
    return true;
  }

  std::optional<rekey::SessionUser> find_session(const rekey::TokenHash& token,
                                                 const std::optional<rekey::NewSession>&) override {
    const std::scoped_lock lock(mutex_);
    const auto* account = owner_of(sessions_, token);
    return account == nullptr ? std::nullopt : std::optional(rekey::SessionUser{*account});
  }

  void end_session(const rekey::TokenHash& token, const rekey::RequestInfo&) override {
    const std::scoped_lock lock(mutex_);
    sessions_.erase(token);
  }

  bool change_password(const std::string& user_id, const rekey::PasswordHash& verified, const rekey::PasswordHash& replacement,
                       const rekey::TokenHash& kept_session, const rekey::RequestInfo& request) override {
    const std::scoped_lock lock(mutex_);
    auto* account = account_with(user_id);
    if (account == nullptr || account->password_hash != verified) return false;
    const auto kept = sessions_.extract(kept_session);
    set_password(*account, replacement, request);
    notices_.back().by_reset = false;
    if (!kept.empty()) sessions_[kept.key()] = kept.mapped();
    return true;
  }

  std::vector<std::string> list_hash_beginnings(std::size_t) override { return {}; }

  std::vector<rekey::User> list_users() override {
    const std::scoped_lock lock(mutex_);
    std::vector<rekey::User> users;
    for (const auto& [email, account] : accounts_) users.push_back(account.user);
    return users;
  }

  bool set_active(const rekey::EmailAddress& email, bool active) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(email.normalized());
    if (found == accounts_.end()) return false;
    found->second.user.is_active = active;
    if (!active) end_all_of(found->second.user.id);
    return true;
  }

  // --- reset tokens

  void insert_reset_request(const rekey::EmailAddress& email, rekey::ForgotMark mark,
                            const rekey::RequestInfo& request) override {
    const std::scoped_lock lock(mutex_);
    if (mark == rekey::ForgotMark::kNone) waiting_[++last_row_] = {std::string(email.normalized()), request, now(), std::nullopt};
  }

  bool was_issued(const rekey::TokenHash& token) override {
    const std::scoped_lock lock(mutex_);
    return std::ranges::find(issued_, token) != issued_.end();
  }

  std::optional<rekey::Account> find_reset_token(const rekey::TokenHash& token) override {
    const std::scoped_lock lock(mutex_);
    const auto* account = owner_of(tokens_, token);
    return account == nullptr ? std::nullopt : std::optional(*account);
  }

  bool consume_reset_token(const rekey::TokenHash& token, const rekey::PasswordHash& replacement,
                           const rekey::RequestInfo& request) override {
    const std::scoped_lock lock(mutex_);
    auto* account = owner_of(tokens_, token);
    if (account == nullptr) return false;
    account->user.is_verified = true;  // whoever has the link reads the address's mail
    set_password(*account, replacement, request);
    return true;
  }

  void cancel_reset_token(const rekey::TokenHash& token, const rekey::EmailAddress& email, const rekey::RequestInfo&) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(email.normalized());
    if (found != accounts_.end() && owner_of(tokens_, token) == &found->second) tokens_.erase(token);
  }

  void ping() override {}

  // --- the queue of mails

  std::vector<rekey::ResetJob> claim_resets(const rekey::ClaimRules& rules, const rekey::HashOfPlan& hash_of,
                                            rekey::Random& random) override {
    const std::scoped_lock lock(mutex_);
    std::vector<rekey::ResetJob> jobs;
    for (auto& [row, waiting] : std::exchange(waiting_, {})) {
      const auto found = accounts_.find(waiting.email);
      if (found == accounts_.end() || !found->second.user.is_active) continue;
      if (!waiting.plan) waiting.plan = issue(found->second, rules, hash_of, random);
      rekey::ResetJob job;
      job.lease = {row, 1};
      job.user = found->second.user;
      job.seed = waiting.plan->seed;
      job.key_id = rules.key_id;
      job.expires_at = std::chrono::sys_seconds(std::chrono::seconds(waiting.plan->expires_at));
      job.requested_at = waiting.at;
      job.message_key = std::to_string(row);
      job.request = waiting.request;
      jobs.push_back(job);
      sending_[row] = waiting;
    }
    return jobs;
  }

  void settle_reset(const rekey::Lease& lease, rekey::Settlement settlement, int) override {
    const std::scoped_lock lock(mutex_);
    auto sent = sending_.extract(lease.row_id);
    if (!sent.empty() && !ends(settlement)) waiting_.insert(std::move(sent));
  }

  std::vector<rekey::NoticeJob> claim_notices(std::chrono::seconds, std::size_t) override {
    const std::scoped_lock lock(mutex_);
    for (const auto& job : notices_) claimed_notices_[job.lease.row_id] = job;
    return std::exchange(notices_, {});
  }

  void settle_notice(const rekey::Lease& lease, rekey::Settlement settlement, int) override {
    const std::scoped_lock lock(mutex_);
    const auto claimed = claimed_notices_.extract(lease.row_id);
    if (!claimed.empty() && !ends(settlement)) notices_.push_back(claimed.mapped());
  }

  std::chrono::milliseconds until_next(std::chrono::milliseconds limit) override { return limit; }
  std::size_t prune(std::chrono::seconds) override { return 0; }
  std::vector<rekey::RequestState> list_requests(std::size_t) override { return {}; }

 private:
  // A session or a reset token: whose, until when.
  struct Grant {
    std::string user_id;
    std::chrono::sys_seconds expires_at;
  };
  using Grants = std::map<rekey::TokenHash, Grant>;

  struct Waiting {
    std::string email;
    rekey::RequestInfo request;
    std::chrono::sys_seconds at;
    std::optional<rekey::TokenPlan> plan;  // made by the first claim, so that every try mails one link
  };

  static std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

  static bool ends(rekey::Settlement settlement) {
    return settlement == rekey::Settlement::kSent || settlement == rekey::Settlement::kRejected;
  }

  bool is_taken(const rekey::NewUser& wanted) const {
    return accounts_.contains(wanted.email.normalized()) || std::ranges::any_of(accounts_, [&](const auto& entry) {
             return entry.second.user.username == wanted.username.text();
           });
  }

  rekey::Account* account_with(const std::string& user_id) {
    const auto found = std::ranges::find_if(accounts_, [&](const auto& entry) { return entry.second.user.id == user_id; });
    return found == accounts_.end() ? nullptr : &found->second;
  }

  // The active account of a live session or token.
  rekey::Account* owner_of(const Grants& grants, const rekey::TokenHash& token) {
    const auto found = grants.find(token);
    if (found == grants.end() || found->second.expires_at <= now()) return nullptr;
    auto* account = account_with(found->second.user_id);
    return account != nullptr && account->user.is_active ? account : nullptr;
  }

  rekey::TokenPlan issue(const rekey::Account& account, const rekey::ClaimRules& rules, const rekey::HashOfPlan& hash_of,
                         rekey::Random& random) {
    const auto expires_at = now() + rules.lifetime;
    rekey::TokenPlan plan;
    random.fill(plan.seed);
    plan.expires_at = static_cast<rekey::UnixSeconds>(expires_at.time_since_epoch().count());
    issued_.push_back(hash_of(plan));
    tokens_[issued_.back()] = {account.user.id, expires_at};
    return plan;
  }

  void set_password(rekey::Account& account, const rekey::PasswordHash& replacement, const rekey::RequestInfo& request) {
    account.password_hash = replacement;
    end_all_of(account.user.id);
    const auto row = ++last_row_;
    notices_.push_back({{row, 1}, account.user, true, now(), std::to_string(row), request});
  }

  void end_all_of(const std::string& user_id) {
    for (auto* grants : {&sessions_, &tokens_}) {
      std::erase_if(*grants, [&](const auto& entry) { return entry.second.user_id == user_id; });
    }
  }

  std::mutex mutex_;
  std::map<std::string, rekey::Account, std::less<>> accounts_;  // by normalized address
  Grants sessions_;
  Grants tokens_;
  std::vector<rekey::TokenHash> issued_;
  std::int64_t last_row_ = 0;
  std::map<std::int64_t, Waiting> waiting_;
  std::map<std::int64_t, Waiting> sending_;
  std::vector<rekey::NoticeJob> notices_;
  std::map<std::int64_t, rekey::NoticeJob> claimed_notices_;
};
