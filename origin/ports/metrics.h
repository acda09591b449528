// What is counted for the operator. Use cases and workers count through this; GET /metrics of the operation listener shows it.
// Every label is a word out of a fixed set (an outcome, a verdict, a state): never an address, an id or anything a client sent.
// All calls are safe from every thread and never throw.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace rekey {

enum class Counter : std::uint8_t {
  kBadSignatures,           // label: "missing", "invalid", "expired" or "nonce"
  kUnknownAuthenticTokens,  // no label; an authentic token that was never issued: the key may be known to others
  kMails,  // label: "taken", "try_later", "refused", "relay_refuses", "wants_log_in", "unknown", "cut_off", "poisoned"
  kResetRequestsEnded,  // label: the state in which a row ended
  kUnavailable,         // label: "request" (a use case met a fault of the world), "overload" (no room for a request), "worker"
  kAlarms,  // label: what a person has to look at: "clock", "relay", "key_known", "poisoned_mail", "fault", "hash_kinds"
  kHashes,  // label: "argon2id" (today's settings), "argon2id_other", "bcrypt", "sha512crypt", "yescrypt"
};

enum class Gauge : std::uint8_t {
  kHashQueue,      // no label: callers that wait for their turn to hash
  kResetRequests,  // label: a state: rows in it
  kConnections,    // label: whom the listener is for, "edge" or "ops"
};

enum class Timing : std::uint8_t {
  kHash,       // one slow hash, waiting not counted
  kHashWait,   // waiting for the turn
  kMail,       // one mail, from the first byte to the relay's verdict
  kMailDelay,  // from the request to the relay's 250
};

class Metrics {
 public:
  virtual ~Metrics() = default;

  virtual void count(Counter counter, std::string_view label = {}) = 0;
  virtual void set(Gauge gauge, std::int64_t value, std::string_view label = {}) = 0;
  virtual void observe(Timing timing, std::chrono::nanoseconds duration) = 0;

  // In: a known use case and its outcome word, or "problem_<status>"; counts one request and its duration.
  virtual void request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) = 0;
};

}  // namespace rekey
