// Accounts, tokens and the outbox in memory. One mutex makes each call a transaction. For tests: it forgets everything when the
// program ends, does not limit mails and does not renew sessions.
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
    outbox_.rbegin()->second.delivery.by_reset = false;
    if (!kept.empty()) sessions_[kept.key()] = kept.mapped();
    return true;
  }

  std::vector<std::string> list_hash_beginnings(std::size_t) override { return {}; }

  // --- reset tokens

  rekey::Inserted insert_reset_request(const rekey::EmailAddress& email, rekey::ForgotMark mark,
                                       const rekey::RequestInfo& request) override {
    const std::scoped_lock lock(mutex_);
    if (mark == rekey::ForgotMark::kNone) waiting_.push_back({std::string(email.normalized()), request});
    return rekey::Inserted::kYes;
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
    account->user.is_verified = true;  // the link proves access to the address's mail
    set_password(*account, replacement, request);
    return true;
  }

  bool cancel_reset_token(const rekey::TokenHash& token, const rekey::EmailAddress& email, const rekey::RequestInfo&) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(email.normalized());
    return found != accounts_.end() && owner_of(tokens_, token) == &found->second && tokens_.erase(token) > 0;
  }

  void ping() override {}

  // --- the outbox

  rekey::Decided decide(const rekey::MailRules& rules, const rekey::HashOfPlan& hash_of, rekey::Random& random) override {
    const std::scoped_lock lock(mutex_);
    rekey::Decided decided;
    for (const auto& waiting : std::exchange(waiting_, {})) {
      const auto found = accounts_.find(waiting.email);
      if (found == accounts_.end() || !found->second.user.is_active) {
        ++decided.ended[rekey::MailEnd::kUnknownAddress];
        continue;
      }
      auto& delivery = add_delivery(rekey::DeliveryKind::kReset, found->second.user, waiting.request);
      delivery.key_id = rules.key_id;
      delivery.token = issue(found->second, rules, hash_of, random);
    }
    return decided;
  }

  rekey::Claimed claim(const rekey::MailRules&) override {
    const std::scoped_lock lock(mutex_);
    rekey::Claimed claimed;
    for (auto& [id, outgoing] : outbox_) {
      if (!std::exchange(outgoing.is_leased, true)) claimed.deliveries.push_back(outgoing.delivery);
    }
    return claimed;
  }

  std::vector<rekey::Settled> settle(std::span<const rekey::Attempt> attempts) override {
    const std::scoped_lock lock(mutex_);
    std::vector<rekey::Settled> settled;
    for (const auto& attempt : attempts) settled.push_back({rekey::Settled::Kind::kDone, settle_one(attempt)});
    return settled;
  }

  void give_back(const rekey::Lease& lease) override {
    const std::scoped_lock lock(mutex_);
    release(lease);
  }

  std::size_t prune(const rekey::Retention&) override { return 0; }

 private:
  // A session or a reset token: its user and its expiry.
  struct Grant {
    std::string user_id;
    std::chrono::sys_seconds expires_at;
  };
  using Grants = std::map<rekey::TokenHash, Grant>;

  struct Waiting {
    std::string email;
    rekey::RequestInfo request;
  };

  struct Outgoing {
    rekey::Delivery delivery;
    bool is_leased = false;
  };

  static std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

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

  rekey::TokenPlan issue(const rekey::Account& account, const rekey::MailRules& rules, const rekey::HashOfPlan& hash_of,
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
    add_delivery(rekey::DeliveryKind::kPasswordChanged, account.user, request);
  }

  rekey::Delivery& add_delivery(rekey::DeliveryKind kind, const rekey::User& user, const rekey::RequestInfo& request) {
    const auto id = ++last_delivery_;
    auto& delivery = outbox_[id].delivery;
    delivery.lease = {id, 1};
    delivery.kind = kind;
    delivery.user = user;
    delivery.happened_at = now();
    delivery.message_key = std::to_string(id);
    delivery.request = request;
    return delivery;
  }

  // There are no rehearsals.
  std::optional<rekey::MailEnd> settle_one(const rekey::Attempt& attempt) {
    if (attempt.verdict == rekey::MailVerdict::kTaken) return end_delivery(attempt.lease, rekey::MailEnd::kTaken);
    if (attempt.verdict == rekey::MailVerdict::kRefused || attempt.verdict == rekey::MailVerdict::kPoisoned)
      return end_delivery(attempt.lease, rekey::MailEnd::kRefused);
    release(attempt.lease);
    return std::nullopt;
  }

  std::optional<rekey::MailEnd> end_delivery(const rekey::Lease& lease, rekey::MailEnd end) {
    return outbox_.erase(lease.delivery) == 0 ? std::nullopt : std::optional(end);
  }

  void release(const rekey::Lease& lease) {
    const auto found = outbox_.find(lease.delivery);
    if (found != outbox_.end()) found->second.is_leased = false;
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
  std::vector<Waiting> waiting_;
  std::int64_t last_delivery_ = 0;
  std::map<std::int64_t, Outgoing> outbox_;
};
