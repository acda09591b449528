// Stores reset requests and uses reset tokens, in PostgreSQL. Safe from every thread.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/group_commit.h"

namespace rekey {

class PostgresRecoveryStore final : public RecoveryStore {
 public:
  explicit PostgresRecoveryStore(PostgresPool& pool, const GroupCommitSettings& settings = {});

  Inserted insert_reset_request(const EmailAddress& email, ForgotMark mark, const RequestInfo& request) override;
  bool was_issued(const TokenHash& token) override;
  std::optional<Account> find_reset_token(const TokenHash& token) override;
  bool consume_reset_token(const TokenHash& token, const PasswordHash& replacement, const RequestInfo& request) override;
  std::optional<std::string> find_reset(const RequestInfo& request) override;
  CodeVerdict try_code(const CodeTry& attempt, std::uint32_t missed_a_day, const RequestInfo& request) override;
  bool cancel_reset_token(const TokenHash& token, const EmailAddress& email, const RequestInfo& request) override;
  void ping() override;

  // Forgot requests that wait to be written.
  std::size_t waiting_requests() const { return requests_.waiting(); }

 private:
  PostgresPool& pool_;
  GroupCommit requests_;
};

}  // namespace rekey
