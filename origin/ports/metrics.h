// The metrics for the operator. Use cases and workers count through this; GET /metrics of the operation listener shows them.
// Each metric is in an enum and in the table beside it, with its name, its help and the labels it may have; README.md,
// "Events and metrics", holds the same tables, and a test compares. A label is one of a fixed set: never an address, an id or
// anything that a client sent. All calls are safe from every thread and never throw.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "origin/ports/enum_table.h"
#include "origin/ports/mail_end.h"

namespace rekey {

enum class Label : std::uint8_t {
  kNone,
  kMissing,
  kInvalid,
  kExpired,
  kTaken,
  kTryLater,
  kRefused,
  kRelayRefuses,
  kRelayAway,
  kWantsLogIn,
  kUnknown,
  kCutOff,
  kPoisoned,
  kQueued,
  kSending,
  kRequest,
  kOverload,
  kDatabase,
  kMetrics,
  kClock,
  kRelay,
  kKeyKnown,
  kPoisonedMail,
  kFault,
  kHashKinds,
  kMailBudget,
  kArgon2id,
  kArgon2idOther,
  kBcrypt,
  kSha512crypt,
  kYescrypt,
  kEdge,
  kOps,
  kReachable,
  kRefusing,
  kSlow,
  kUnreachable,
  kUsed,
  kLimit,
};

struct LabelRow {
  Label key;
  std::string_view word;
};

inline constexpr LabelRow kLabels[] = {
    {Label::kNone, ""},
    {Label::kMissing, "missing"},
    {Label::kInvalid, "invalid"},
    {Label::kExpired, "expired"},
    {Label::kTaken, "taken"},
    {Label::kTryLater, "try_later"},
    {Label::kRefused, "refused"},
    {Label::kRelayRefuses, "relay_refuses"},
    {Label::kRelayAway, "relay_away"},
    {Label::kWantsLogIn, "wants_log_in"},
    {Label::kUnknown, "unknown"},
    {Label::kCutOff, "cut_off"},
    {Label::kPoisoned, "poisoned"},
    {Label::kQueued, "queued"},
    {Label::kSending, "sending"},
    {Label::kRequest, "request"},
    {Label::kOverload, "overload"},
    {Label::kDatabase, "database"},
    {Label::kMetrics, "metrics"},
    {Label::kClock, "clock"},
    {Label::kRelay, "relay"},
    {Label::kKeyKnown, "key_known"},
    {Label::kPoisonedMail, "poisoned_mail"},
    {Label::kFault, "fault"},
    {Label::kHashKinds, "hash_kinds"},
    {Label::kMailBudget, "mail_budget"},
    {Label::kArgon2id, "argon2id"},
    {Label::kArgon2idOther, "argon2id_other"},
    {Label::kBcrypt, "bcrypt"},
    {Label::kSha512crypt, "sha512crypt"},
    {Label::kYescrypt, "yescrypt"},
    {Label::kEdge, "edge"},
    {Label::kOps, "ops"},
    {Label::kReachable, "reachable"},
    {Label::kRefusing, "refusing"},
    {Label::kSlow, "slow"},
    {Label::kUnreachable, "unreachable"},
    {Label::kUsed, "used"},
    {Label::kLimit, "limit"},
};
static_assert(is_in_order(kLabels));

constexpr std::string_view word_of(Label label) { return row_of(kLabels, label).word; }

// For words of the database and of ports. Returns: kNone for an unknown word.
constexpr Label label_of(std::string_view word) {
  for (const LabelRow& row : kLabels) {
    if (row.word == word) return row.key;
  }
  return Label::kNone;
}

// The labels that a metric may have; empty for a metric without labels.
class LabelSet {
 public:
  constexpr LabelSet(std::initializer_list<Label> labels) : size_(labels.size()) {
    std::size_t i = 0;
    for (const Label label : labels) labels_[i++] = label;
  }
  constexpr const Label* begin() const { return labels_.data(); }
  constexpr const Label* end() const { return labels_.data() + size_; }

 private:
  std::array<Label, 10> labels_{};
  std::size_t size_;
};

enum class Counter : std::uint8_t {
  kBadSignatures,
  kUnknownAuthenticTokens,
  kMails,
  kUnavailable,
  kAlarms,
  kGuessedAccounts,
  kHashes,
};

template <class Key>
struct MetricRow {
  Key key;
  std::string_view name;  // of Prometheus
  std::string_view help;
  LabelSet labels;
};

inline constexpr MetricRow<Counter> kCounters[] = {
    {Counter::kBadSignatures,
     "rekey_bad_signatures_total",
     "Calls without a valid signature of the edge.",
     {Label::kMissing, Label::kInvalid, Label::kExpired}},
    {Counter::kUnknownAuthenticTokens,
     "rekey_unknown_authentic_tokens_total",
     "Authentic tokens that were never issued: the key may have leaked.",
     {}},
    {Counter::kMails,
     "rekey_mails_total",
     "Mails by the relay's verdict.",
     {Label::kTaken, Label::kTryLater, Label::kRefused, Label::kRelayRefuses, Label::kRelayAway, Label::kWantsLogIn,
      Label::kUnknown, Label::kCutOff, Label::kPoisoned}},
    {Counter::kUnavailable,
     "rekey_unavailable_total",
     "Calls answered with 503; steps of the mail worker and readings of the queue that failed for lack of a database.",
     {Label::kRequest, Label::kOverload, Label::kDatabase, Label::kMetrics}},
    {Counter::kAlarms,
     "rekey_alarms_total",
     "Alarms; the operator must act.",
     {Label::kClock, Label::kRelay, Label::kKeyKnown, Label::kPoisonedMail, Label::kFault, Label::kHashKinds,
      Label::kMailBudget}},
    {Counter::kGuessedAccounts,
     "rekey_guessed_accounts_total",
     "Times that many wrong passwords came for one account from many clients.",
     {}},
    {Counter::kHashes,
     "rekey_hashes_total",
     "Slow hashes by kind; a refused log-in takes one of each kind in use.",
     {Label::kArgon2id, Label::kArgon2idOther, Label::kBcrypt, Label::kSha512crypt, Label::kYescrypt}},
};
static_assert(is_in_order(kCounters));

enum class Gauge : std::uint8_t {
  kHashQueue,
  kCommitQueue,
  kResetRequests,
  kConnections,
  kClockAhead,
  kOldest,
  kRelay,
  kFallbackRelay,
  kMailBudget,
};

inline constexpr MetricRow<Gauge> kGauges[] = {
    {Gauge::kHashQueue, "rekey_hash_queue", "Calls that hash a password and wait for a thread.", {}},
    {Gauge::kCommitQueue, "rekey_commit_queue", "Forgot requests that wait to be written, when last read.", {}},
    {Gauge::kResetRequests,
     "rekey_reset_requests",
     "Reset requests by state, when last read.",
     {Label::kQueued, Label::kSending}},
    {Gauge::kConnections, "rekey_connections", "Connections to the listeners.", {Label::kEdge, Label::kOps}},
    {Gauge::kClockAhead, "rekey_database_clock_ahead_seconds", "How far the database's clock is ahead of the origin's.", {}},
    {Gauge::kOldest,
     "rekey_oldest_waiting_seconds",
     "Age of the oldest request to be decided, and of the oldest mail in the outbox, when last read; 0 for none.",
     {Label::kQueued, Label::kSending}},
    {Gauge::kRelay,
     "rekey_relay",
     "1 for the state in which this origin sees `MAIL_SERVER`.",
     {Label::kReachable, Label::kRefusing, Label::kSlow, Label::kUnreachable}},
    {Gauge::kFallbackRelay,
     "rekey_fallback_relay",
     "The same of `MAIL_FALLBACK_SERVER`, if there is one.",
     {Label::kReachable, Label::kRefusing, Label::kSlow, Label::kUnreachable}},
    {Gauge::kMailBudget,
     "rekey_mail_budget",
     "Mails of the last hour that count for `MAIL_LIMIT_TOTAL`, when last read, and that limit; 0 without it.",
     {Label::kUsed, Label::kLimit}},
};
static_assert(is_in_order(kGauges));

enum class Timing : std::uint8_t {
  kHash,
  kHashWait,
  kMail,
  kMailDelay,
};

inline constexpr MetricRow<Timing> kTimings[] = {
    {Timing::kHash, "rekey_hash_seconds", "Time of one Argon2id hash, without the wait.", {}},
    {Timing::kHashWait, "rekey_hash_wait_seconds", "Wait for a turn to hash.", {}},
    {Timing::kMail, "rekey_mail_seconds", "Time of one mail, up to the relay's verdict.", {}},
    {Timing::kMailDelay, "rekey_mail_delay_seconds", "Time from a request until the relay takes its mail.", {}},
};
static_assert(is_in_order(kTimings));

// What has ended. A delivery of a link ends with its request, and is counted as that.
enum class Ended : std::uint8_t { kRequest, kNotice };

class Metrics {
 public:
  virtual ~Metrics() = default;

  virtual void count(Counter counter, Label label) = 0;
  virtual void set(Gauge gauge, std::int64_t value, Label label) = 0;
  virtual void observe(Timing timing, std::chrono::nanoseconds duration) = 0;

  // In: a known use case, or "unknown"; its outcome word, "problem_<status>" or "unavailable". Counts one request and its
  // duration.
  virtual void request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) = 0;

  // rekey_reset_requests_ended_total or rekey_notices_ended_total, by the end's state and cause.
  virtual void ended(Ended what, MailEnd end) = 0;

  void count(Counter counter) { count(counter, Label::kNone); }
  void count(Counter counter, std::string_view word) { count(counter, label_of(word)); }
  void set(Gauge gauge, std::int64_t value) { set(gauge, value, Label::kNone); }
};

}  // namespace rekey
