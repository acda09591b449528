#include "origin/use_cases/current_user.h"

namespace rekey {

std::optional<SessionUser> CurrentUser::run(const TokenHash& session, const std::optional<TokenHash>& renewal) {
  if (!renewal) return accounts_.find_session(session, std::nullopt);
  return accounts_.find_session(session, NewSession{*renewal, session_lifetime_});
}

}  // namespace rekey
