// The log of what matters for security and operation: one line of JSON an event, with its time in UTC.
// A field never holds an address, a token, a password, a key, or text that a client or a relay chose; ids, states and numbers
// only. Safe from every thread; never throws.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rekey {

enum class Event : std::uint8_t {
  kForgotAccepted,         // forgot.accepted
  kShapeRejected,          // shape.reject: signed, yet not what the edge may send
  kUnsigned,               // origin.unsigned: the signature is missing, wrong or too old
  kReplayed,               // request.replayed: a request id that was seen before
  kRegistered,             // user.registered
  kLoggedIn,               // session.opened
  kLoginFailed,            // session.refused
  kLoggedOut,              // session.ended
  kSessionsRevoked,        // sessions.revoked: a new password ended them
  kPasswordReset,          // password.reset
  kPasswordChanged,        // password.changed
  kPasswordRefused,        // password.refused: by the policy
  kResetTokenRefused,      // reset.bad_token
  kUnknownAuthenticToken,  // alarm.mac_ok_unknown_token
  kResetCancelled,         // reset.cancelled
  kMailTaken,              // mail.taken
  kMailPutBack,            // mail.put_back
  kMailDead,               // mail.dead: refused for good, poisoned, or too late
  kRelayRefuses,           // alarm.relay_refuses: us, so that the senders pause, or it wants a log-in for some mails
  kHookFailed,             // hook.failed: an embedder's hook threw
  kUnavailable,            // origin.unavailable: database, hash queue or randomness
  kFault,                  // origin.fault: an exception that nobody expected; a bug
  kClockApart,             // alarm.clock: the edge's clock or the database's is far from ours
  kTooManyHashKinds,       // alarm.hash_kinds: more kinds of stored hashes than a refused log-in can pay for
  kAccountSwitched,        // user.switched: enabled or disabled by the operator
  kStarted,                // origin.started
  kStopping,               // origin.stopping
  kStopped,                // origin.stopped
};

// A value is written as a JSON string, or as a number where it was made from one.
struct EventField {
  std::string_view name;
  std::string text;
  std::int64_t number = 0;
  enum class Kind : std::uint8_t { kText, kNumber } kind = Kind::kText;

  EventField(std::string_view field, std::string_view value) : name(field), text(value) {}
  EventField(std::string_view field, std::int64_t value) : name(field), number(value), kind(Kind::kNumber) {}
};

class EventLog {
 public:
  virtual ~EventLog() = default;
  // In: `request_id` is "" where no request is behind the event.
  virtual void write(Event event, std::string_view request_id, std::initializer_list<EventField> fields = {}) = 0;
};

}  // namespace rekey
