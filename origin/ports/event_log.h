// The log of security and operational events, each one line of JSON with its time in UTC. Each event is in the enum and in the
// table below, with its word in the log; README.md, "Events and metrics", holds the same table, and a test compares. Fields hold
// ids, states, numbers, fixed texts, the origin's own listen address, and why it could not start: never the address of a user or
// a client, a token, a password, a key, or text chosen by a client or a relay. Safe from every thread; never waits; never throws.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "origin/ports/enum_table.h"

namespace rekey {

enum class Event : std::uint8_t {
  kForgotAccepted,
  kShapeRejected,
  kUnsigned,
  kRegistered,
  kLoggedIn,
  kLoginFailed,
  kGuessing,
  kLoggedOut,
  kSessionReused,
  kSessionsRevoked,
  kPasswordReset,
  kPasswordChanged,
  kPasswordRefused,
  kResetTokenRefused,
  kUnknownAuthenticToken,
  kCodeRefused,
  kCodesUsedUp,
  kResetCancelled,
  kMailTaken,
  kMailPutBack,
  kMailDead,
  kRelayChanged,
  kRelayDown,
  kRelayWantsLogIn,
  kBudgetUsedUp,
  kBudgetLeft,
  kWebhookDelivered,
  kWebhookPutBack,
  kWebhookDead,
  kWebhookGone,
  kHookFailed,
  kUnavailable,
  kFault,
  kClockApart,
  kTooManyHashKinds,
  kSettingIgnored,
  kGaveUp,
  kLogLinesLost,
  kLogReopened,
  kLogNotReopened,
  kOtherKeys,
  kOtherSchema,
  kOtherVersion,
  kStarted,
  kStopping,
  kStopped,
};

enum class LogLevel : std::uint8_t { kInfo, kWarning, kError };  // kError: the operator must act

struct EventRow {
  Event key;
  LogLevel level;
  std::string_view name;     // in the log
  std::string_view meaning;  // for the operator
};

inline constexpr EventRow kEvents[] = {
    {Event::kForgotAccepted, LogLevel::kInfo, "forgot.accepted", "a reset request is stored"},
    {Event::kShapeRejected, LogLevel::kWarning, "shape.reject", "a signed call was malformed"},
    {Event::kUnsigned, LogLevel::kWarning, "origin.unsigned", "a call had no valid signature of the edge"},
    {Event::kRegistered, LogLevel::kInfo, "user.registered", "an account was made"},
    {Event::kLoggedIn, LogLevel::kInfo, "session.opened", "a log-in succeeded"},
    {Event::kLoginFailed, LogLevel::kInfo, "login.refused", "a log-in failed"},
    {Event::kGuessing, LogLevel::kWarning, "login.guessing",
     "within a quarter of an hour many wrong passwords came for one account from many clients"},
    {Event::kLoggedOut, LogLevel::kInfo, "session.ended", "a log-out was requested, or an owner ended other sessions"},
    {Event::kSessionReused, LogLevel::kWarning, "session.reused",
     "a session was used again more than a minute after its renewal: its log-in has ended, and its owner gets a mail"},
    {Event::kSessionsRevoked, LogLevel::kInfo, "sessions.revoked", "a new password ended sessions"},
    {Event::kPasswordReset, LogLevel::kInfo, "password.reset", "a link was used"},
    {Event::kPasswordChanged, LogLevel::kInfo, "password.changed", "an owner changed the password"},
    {Event::kPasswordRefused, LogLevel::kInfo, "password.refused", "the policy refused the new password of a reset"},
    {Event::kResetTokenRefused, LogLevel::kInfo, "reset.bad_token", "a reset came with a link that is not live"},
    {Event::kUnknownAuthenticToken, LogLevel::kError, "alarm.mac_ok_unknown_token",
     "an authentic link was never issued: the key may have leaked"},
    {Event::kCodeRefused, LogLevel::kInfo, "code.refused", "a code was wrong, dead, or of no mail"},
    {Event::kCodesUsedUp, LogLevel::kError, "alarm.code_budget",
     "the wrong codes of a day are used up, as if somebody guesses: links work, codes do not, and new mails have none"},
    {Event::kResetCancelled, LogLevel::kInfo, "reset.cancelled", "\"this was not me\" ended a link"},
    {Event::kMailTaken, LogLevel::kInfo, "mail.taken", "the relay took a mail"},
    {Event::kMailPutBack, LogLevel::kWarning, "mail.put_back",
     "an attempt ended without word that the relay took the mail: it is tried again while there is time"},
    {Event::kMailDead, LogLevel::kWarning, "mail.dead", "a mail was refused for good, broke the rules, or expired undelivered"},
    {Event::kRelayChanged, LogLevel::kWarning, "relay.changed",
     "a relay became reachable, refusing, slow or unreachable, as this origin sees it"},
    {Event::kRelayDown, LogLevel::kError, "alarm.relay_down",
     "a relay refuses us, or has taken no mail for half a minute: the mails wait, or go on over the other relay"},
    {Event::kRelayWantsLogIn, LogLevel::kError, "alarm.relay_wants_log_in",
     "a relay that accepts our sender wants a log-in for a mail"},
    {Event::kBudgetUsedUp, LogLevel::kError, "alarm.mail_budget",
     "the mails of `MAIL_LIMIT_TOTAL` are used up: further ones wait"},
    {Event::kBudgetLeft, LogLevel::kInfo, "mail.budget_left", "there is room for mails again"},
    {Event::kWebhookDelivered, LogLevel::kInfo, "webhook.delivered", "a receiver took a webhook"},
    {Event::kWebhookPutBack, LogLevel::kWarning, "webhook.put_back",
     "a receiver did not take a webhook: it is tried again for a day; `reason` says why"},
    {Event::kWebhookDead, LogLevel::kWarning, "webhook.dead", "a webhook was not delivered within a day, or its URL is gone"},
    {Event::kWebhookGone, LogLevel::kError, "alarm.webhook_gone",
     "a receiver answered 410: it gets no more webhooks until `webhooks restart`"},
    {Event::kHookFailed, LogLevel::kWarning, "hook.failed", "a hook threw"},
    {Event::kUnavailable, LogLevel::kWarning, "origin.unavailable",
     "the database, randomness, memory for a hash or a turn to hash was unavailable"},
    {Event::kFault, LogLevel::kError, "origin.fault", "an unexpected exception: a bug"},
    {Event::kClockApart, LogLevel::kError, "alarm.clock",
     "the database's clock differs by more than 5 s, or a signed call of the edge was more than 60 s old or early"},
    {Event::kTooManyHashKinds, LogLevel::kError, "alarm.hash_kinds",
     "more kinds of stored hashes than a refused log-in computes"},
    {Event::kSettingIgnored, LogLevel::kWarning, "setting.ignored",
     "`.env` or the environment holds a name that is not a setting"},
    {Event::kGaveUp, LogLevel::kError, "origin.gave_up", "the origin could not start or go on; `reason` says why"},
    {Event::kLogLinesLost, LogLevel::kError, "log.lost",
     "`lines` lines of the log are missing: its reader stalled, or its disk was full"},
    {Event::kLogReopened, LogLevel::kInfo, "log.reopened", "`LOG_FILE` was opened again after SIGHUP"},
    {Event::kLogNotReopened, LogLevel::kError, "alarm.log_file",
     "`LOG_FILE` could not be opened again after SIGHUP: the file that is open stays the log"},
    {Event::kOtherKeys, LogLevel::kError, "alarm.other_keys",
     "the edge holds other keys than this origin: `setting` names the list; see `rekey-origin doctor`"},
    {Event::kOtherSchema, LogLevel::kError, "alarm.schema",
     "the database's schema no longer serves this origin, which is not ready any more; `reason` says why"},
    {Event::kOtherVersion, LogLevel::kError, "alarm.other_version",
     "the edge's calls are of a version that this origin does not understand: `version` of the call"},
    {Event::kStarted, LogLevel::kInfo, "origin.started", "the origin listens"},
    {Event::kStopping, LogLevel::kInfo, "origin.stopping", "the origin was told to stop"},
    {Event::kStopped, LogLevel::kInfo, "origin.stopped", "the origin has finished its requests and mails"},
};
static_assert(is_in_order(kEvents));

constexpr const EventRow& row_of(Event event) { return row_of(kEvents, event); }

// Written as a JSON string, or as a number if made from one.
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
  // In: `request_id` is "" for an event without a request.
  virtual void record(Event event, std::string_view request_id, std::span<const EventField> fields) = 0;

  void write(Event event, std::string_view request_id, std::initializer_list<EventField> fields = {}) {
    record(event, request_id, {fields.begin(), fields.size()});
  }
};

}  // namespace rekey
