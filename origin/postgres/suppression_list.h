// The addresses that get no mail, as the operator wishes: one that complained, or whose mail box is gone. `rekey-origin mail
// suppress` edits the list, and writes each change to the audit log; claims read it (outbox.cpp).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "origin/postgres/operator_accounts.h"
#include "origin/postgres/pool.h"
#include "shared/email_address.h"

namespace rekey {

struct SuppressedAddress {
  std::string email;  // in normalised form
  std::chrono::sys_seconds since;
};

class SuppressionList {
 public:
  explicit SuppressionList(PostgresPool& pool) : pool_(pool) {}

  // Return: whether the list has changed. The next mail to the address obeys; one under way does not. Throw: Unavailable.
  bool add(const EmailAddress& email, const OperatorAct& act);
  bool remove(const EmailAddress& email, const OperatorAct& act);

  std::vector<SuppressedAddress> all();  // the newest first

 private:
  PostgresPool& pool_;
};

}  // namespace rekey
