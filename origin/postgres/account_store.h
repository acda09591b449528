// Accounts and sessions in PostgreSQL. Safe from every thread.
// Lock order: the account first, then tokens, then sessions.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

class PostgresAccountStore final : public AccountStore {
 public:
  explicit PostgresAccountStore(PostgresPool& pool) : pool_(pool) {}

  std::optional<User> insert_user(const NewUser& user, const RequestInfo& request) override;
  std::optional<Account> find_account(const EmailAddress& email) override;
  bool open_session(const std::string& user_id, const PasswordHash& verified, const std::optional<PasswordHash>& upgraded,
                    const NewSession& session, const RequestInfo& request) override;
  std::optional<SessionUser> find_session(const TokenHash& token, const std::optional<NewSession>& renewal) override;
  void end_session(const TokenHash& token, const RequestInfo& request) override;
  std::vector<LiveSession> list_sessions(const std::string& user_id, const TokenHash& own, std::size_t most) override;
  bool end_chosen_sessions(const TokenHash& own, std::string_view chosen, const RequestInfo& request) override;
  std::optional<std::string> end_reused_session(const TokenHash& token, const RequestInfo& request) override;
  bool change_password(const std::string& user_id, const PasswordHash& verified, const PasswordHash& replacement,
                       const TokenHash& kept_session, const RequestInfo& request) override;
  bool has_changed_password(const RequestInfo& request) override;
  std::vector<std::string> list_hash_beginnings(std::size_t most) override;
  void note_refused_log_in(const EmailAddress& email, const RequestInfo& request) override;

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
