// The sessions of an account as its owner sees and ends them, and the alarm of a session that was copied. A session here is a
// log-in with all its renewals. Promises: T25, T26 of tests/attacks.md.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "origin/ports/event_log.h"
#include "origin/ports/store.h"

namespace rekey {

// For a session that is not live. If it was renewed more than a minute ago, two parties have it: the owner, and somebody with a
// copy, and nobody knows which of them renewed it. So the whole log-in ends, and the owner gets a mail (RFC 9700,
// section 4.14.2).
class SessionReuse {
 public:
  SessionReuse(AccountStore& accounts, EventLog& events) : accounts_(accounts), events_(events) {}

  // Throws: Unavailable; the log-in may live on.
  void check(const TokenHash& session, const RequestInfo& request);

 private:
  AccountStore& accounts_;
  EventLog& events_;
};

class OwnSessions {
 public:
  OwnSessions(AccountStore& accounts, EventLog& events) : accounts_(accounts), events_(events), reuse_(accounts, events) {}

  // Returns: that of the call first, then the newest, at most kMostListed; nothing without a live session.
  std::optional<std::vector<LiveSession>> list(const TokenHash& session, const RequestInfo& request);

  // In: the id of a session of the same account; "" for all but the call's own. Another account's id ends nothing, like an
  // unknown one. Returns: whether the call's session was live. Throws: Unavailable; the sessions may live on.
  bool end(const TokenHash& session, std::string_view chosen, const RequestInfo& request);

  static constexpr std::size_t kMostListed = 20;  // the edge reads answers of 8 KiB; each session takes up to 300 bytes

 private:
  std::optional<SessionUser> find(const TokenHash& session, const RequestInfo& request);

  AccountStore& accounts_;
  EventLog& events_;
  SessionReuse reuse_;
};

}  // namespace rekey
