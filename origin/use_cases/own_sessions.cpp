#include "origin/use_cases/own_sessions.h"

namespace rekey {

void SessionReuse::check(const TokenHash& session, const RequestInfo& request) {
  const auto user_id = accounts_.end_reused_session(session, request);
  if (user_id) events_.write(Event::kSessionReused, request.request_id, {{"user_id", *user_id}});
}

std::optional<std::vector<LiveSession>> OwnSessions::list(const TokenHash& session, const RequestInfo& request) {
  const auto found = find(session, request);
  if (!found) return std::nullopt;
  return accounts_.list_sessions(found->account.user.id, session, kMostListed);
}

bool OwnSessions::end(const TokenHash& session, std::string_view chosen, const RequestInfo& request) {
  if (!find(session, request)) return false;
  if (accounts_.end_chosen_sessions(session, chosen, request)) events_.write(Event::kLoggedOut, request.request_id);
  return true;
}

std::optional<SessionUser> OwnSessions::find(const TokenHash& session, const RequestInfo& request) {
  auto found = accounts_.find_session(session, std::nullopt);
  if (!found) reuse_.check(session, request);
  return found;
}

}  // namespace rekey
