// The metrics for the operator. Use cases and workers count through this; GET /metrics of the operation listener shows them.
// Each metric is in an enum and in the table beside it, with its name, its help and the labels it may have; README.md,
// "Events and metrics", holds the same tables, and a test compares. Every metric has its value for each of its labels from the
// start, so that an alert on an increase sees the zero first. A label is one of a fixed set: never an address, an id or anything
// that a client sent. All calls are safe from every thread and never throw.
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
  kOtherKeys,
  kSchema,
  kOtherVersion,
  kMailBudget,
  kCodeBudget,
  kArgon2id,
  kArgon2idOther,
  kBcrypt,
  kSha512crypt,
  kYescrypt,
  kPbkdf2,
  kScrypt,
  kPhpass,
  kEdge,
  kOps,
  kRequests,
  kMail,
  kLogFile,
  kReachable,
  kRefusing,
  kSlow,
  kUnreachable,
  kDelivered,
  kFailed,
  kDead,
  kWebhook,
  kRight,
  kWrong,
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
    {Label::kOtherKeys, "other_keys"},
    {Label::kSchema, "schema"},
    {Label::kOtherVersion, "other_version"},
    {Label::kMailBudget, "mail_budget"},
    {Label::kCodeBudget, "code_budget"},
    {Label::kArgon2id, "argon2id"},
    {Label::kArgon2idOther, "argon2id_other"},
    {Label::kBcrypt, "bcrypt"},
    {Label::kSha512crypt, "sha512crypt"},
    {Label::kYescrypt, "yescrypt"},
    {Label::kPbkdf2, "pbkdf2"},
    {Label::kScrypt, "scrypt"},
    {Label::kPhpass, "phpass"},
    {Label::kEdge, "edge"},
    {Label::kOps, "ops"},
    {Label::kRequests, "requests"},
    {Label::kMail, "mail"},
    {Label::kLogFile, "log_file"},
    {Label::kReachable, "reachable"},
    {Label::kRefusing, "refusing"},
    {Label::kSlow, "slow"},
    {Label::kUnreachable, "unreachable"},
    {Label::kDelivered, "delivered"},
    {Label::kFailed, "failed"},
    {Label::kDead, "dead"},
    {Label::kWebhook, "webhook"},
    {Label::kRight, "right"},
    {Label::kWrong, "wrong"},
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
  std::array<Label, 16> labels_{};
  std::size_t size_;
};

enum class Counter : std::uint8_t {
  kBadSignatures,
  kUnknownAuthenticTokens,
  kMails,
  kWebhooks,
  kUnavailable,
  kAlarms,
  kGuessedAccounts,
  kCodes,
  kHashes,
  kPoolWaits,
  kPoolRefusals,
  kLogLinesLost,
  kCpuSeconds,
};

enum class Gauge : std::uint8_t {
  kHashQueue,
  kHashQueuePlaces,
  kCommitQueue,
  kResetRequests,
  kConnections,
  kPoolSize,
  kPoolInUse,
  kPoolWaiting,
  kDatabaseUp,
  kClockAhead,
  kResidentMemory,
  kVirtualMemory,
  kMemoryLimit,
  kOpenDescriptors,
  kMostDescriptors,
  kThreads,
  kStartTime,
  kOldest,
  kRelay,
  kFallbackRelay,
  kMailsOfTheHour,
  kMailLimit,
  kPruneOverdue,
  kWebhooksWaiting,
  kOldestWebhook,
  kWebhookUrlsGone,
};

enum class Timing : std::uint8_t {
  kHash,
  kHashWait,
  kMail,
  kMailDelay,
};

// The name of the label, unless the metric's row has another.
template <class Key>
inline constexpr std::string_view kLabelName = "what";
template <>
inline constexpr std::string_view kLabelName<Gauge> = "state";

template <class Key>
struct MetricRow {
  Key key;
  std::string_view name;  // of Prometheus
  std::string_view help;
  LabelSet labels;
  std::string_view label_name = kLabelName<Key>;
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
    {Counter::kWebhooks,
     "rekey_webhooks_total",
     "Attempts to deliver a webhook, delivered or failed; webhooks that were given up.",
     {Label::kDelivered, Label::kFailed, Label::kDead}},
    {Counter::kUnavailable,
     "rekey_unavailable_total",
     "Calls answered with 503; steps of the workers and readings of the queue that failed for lack of a database, or by a "
     "function of "
     "yours for accounts.",
     {Label::kRequest, Label::kOverload, Label::kDatabase, Label::kMetrics}},
    {Counter::kAlarms,
     "rekey_alarms_total",
     "Alarms; the operator must act.",
     {Label::kClock, Label::kRelay, Label::kKeyKnown, Label::kPoisonedMail, Label::kFault, Label::kHashKinds, Label::kLogFile,
      Label::kOtherKeys, Label::kSchema, Label::kOtherVersion, Label::kMailBudget, Label::kWebhook, Label::kCodeBudget}},
    {Counter::kGuessedAccounts,
     "rekey_guessed_accounts_total",
     "Times that many wrong passwords came for one account from many clients.",
     {}},
    {Counter::kCodes,
     "rekey_codes_total",
     "Codes of mails that were tried; with `CODE_MISSES_A_DAY` used up none is right.",
     {Label::kRight, Label::kWrong}},
    {Counter::kHashes,
     "rekey_hashes_total",
     "Slow hashes by kind; a refused log-in takes one of each kind in use.",
     {Label::kArgon2id, Label::kArgon2idOther, Label::kBcrypt, Label::kSha512crypt, Label::kYescrypt, Label::kPbkdf2,
      Label::kScrypt, Label::kPhpass}},
    {Counter::kPoolWaits,
     "rekey_pool_waits_total",
     "Uses of the database that had to wait for a connection.",
     {Label::kRequests, Label::kMail},
     "pool"},
    {Counter::kPoolRefusals,
     "rekey_pool_refusals_total",
     "Uses of the database that waited for a connection in vain.",
     {Label::kRequests, Label::kMail},
     "pool"},
    {Counter::kLogLinesLost,
     "rekey_log_lines_lost_total",
     "Log lines that did not fit into the queue, or that the log did not take.",
     {}},
    {Counter::kCpuSeconds, "process_cpu_seconds_total", "Processor time of the process.", {}},
};
static_assert(is_in_order(kCounters));

inline constexpr MetricRow<Gauge> kGauges[] = {
    {Gauge::kHashQueue, "rekey_hash_queue", "Calls that hash a password and wait for a thread.", {}},
    {Gauge::kHashQueuePlaces, "rekey_hash_queue_places", "The most of them that may wait; more are answered with 503.", {}},
    {Gauge::kCommitQueue, "rekey_commit_queue", "Forgot requests that wait to be written, when last read.", {}},
    {Gauge::kResetRequests,
     "rekey_reset_requests",
     "Reset requests of all origins by state; shown by one origin at a time.",
     {Label::kQueued, Label::kSending}},
    {Gauge::kConnections, "rekey_connections", "Connections to the listeners.", {Label::kEdge, Label::kOps}, "listener"},
    {Gauge::kPoolSize, "rekey_pool_size", "The most connections to the database.", {Label::kRequests, Label::kMail}, "pool"},
    {Gauge::kPoolInUse, "rekey_pool_in_use", "Connections to the database in use.", {Label::kRequests, Label::kMail}, "pool"},
    {Gauge::kPoolWaiting, "rekey_pool_waiting", "Threads that wait for a connection.", {Label::kRequests, Label::kMail}, "pool"},
    {Gauge::kDatabaseUp, "rekey_database_up", "1 if the database answered when the metrics were read, else 0.", {}},
    {Gauge::kClockAhead, "rekey_database_clock_ahead_seconds", "How far the database's clock is ahead of the origin's.", {}},
    {Gauge::kResidentMemory, "process_resident_memory_bytes", "Memory of the process in RAM.", {}},
    {Gauge::kVirtualMemory, "process_virtual_memory_bytes", "Address space of the process.", {}},
    {Gauge::kMemoryLimit,
     "rekey_memory_limit_bytes",
     "RAM that the process may use: the least limit of its control groups, or what the machine has.",
     {}},
    {Gauge::kOpenDescriptors, "process_open_fds", "Open descriptors of the process.", {}},
    {Gauge::kMostDescriptors, "process_max_fds", "The most descriptors that the process may open.", {}},
    {Gauge::kThreads, "process_threads", "Threads of the process.", {}},
    {Gauge::kStartTime, "process_start_time_seconds", "Start of the process, in Unix time.", {}},
    {Gauge::kOldest,
     "rekey_oldest_waiting_seconds",
     "Age of the oldest request to be decided, and of the oldest mail in the outbox; 0 for none; shown by one origin at a time.",
     {Label::kQueued, Label::kSending}},
    {Gauge::kRelay,
     "rekey_relay",
     "1 for the state in which this origin sees `MAIL_SERVER`.",
     {Label::kReachable, Label::kRefusing, Label::kSlow, Label::kUnreachable}},
    {Gauge::kFallbackRelay,
     "rekey_fallback_relay",
     "The same of `MAIL_FALLBACK_SERVER`; absent without it.",
     {Label::kReachable, Label::kRefusing, Label::kSlow, Label::kUnreachable}},
    {Gauge::kMailsOfTheHour,
     "rekey_mails_of_the_hour",
     "Mails of the last hour that count for `MAIL_LIMIT_TOTAL`; shown by one origin at a time.",
     {}},
    {Gauge::kMailLimit, "rekey_mail_limit", "`MAIL_LIMIT_TOTAL`; 0 without it.", {}},
    {Gauge::kPruneOverdue,
     "rekey_prune_overdue_seconds",
     "How much longer than its time the oldest row has been kept that is to be deleted; shown by one origin at a time.",
     {}},
    {Gauge::kWebhooksWaiting,
     "rekey_webhooks_waiting",
     "Webhooks that are not delivered yet, once for each URL that is not gone, at most 100,000 for each; shown by one origin at "
     "a "
     "time.",
     {}},
    {Gauge::kOldestWebhook,
     "rekey_oldest_webhook_seconds",
     "Age of the oldest of them; 0 for none; shown by one origin at a time.",
     {}},
    {Gauge::kWebhookUrlsGone,
     "rekey_webhook_urls_gone",
     "URLs that answered 410 and get no more webhooks; shown by one origin at a time.",
     {}},
};
static_assert(is_in_order(kGauges));

inline constexpr MetricRow<Timing> kTimings[] = {
    {Timing::kHash, "rekey_hash_seconds", "Time of one slow hash, without the wait.", {}},
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
  // Hides the gauge with all of its labels until it is set again: its value is not known.
  virtual void clear(Gauge gauge) = 0;
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
