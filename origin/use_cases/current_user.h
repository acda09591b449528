// B11: who a session belongs to. A cookie that is about to end may bring the hash of its successor along.
#pragma once

#include <chrono>
#include <optional>

#include "origin/ports/store.h"

namespace rekey {

class CurrentUser {
 public:
  CurrentUser(AccountStore& accounts, std::chrono::seconds session_lifetime)
      : accounts_(accounts), session_lifetime_(session_lifetime) {}

  // Returns: nothing where the session is unknown, over, or its account inactive.
  std::optional<SessionUser> run(const TokenHash& session, const std::optional<TokenHash>& renewal);

 private:
  AccountStore& accounts_;
  std::chrono::seconds session_lifetime_;
};

}  // namespace rekey
