// Remembers the answers to calls with an Idempotency-Key for a day. For PostgreSQL: origin/postgres/answer_store.h.
#pragma once

#include <cstdint>
#include <string>

#include "shared/internal_calls.h"
#include "shared/sha256.h"

namespace rekey {

// The edge's keyed hashes of the client's key and of the body.
struct CallRepeat {
  Sha256Digest key{};
  Sha256Digest body{};
};

// As much of an answer as tells the rest, and nothing secret: no token, no password, no address.
struct CallAnswer {
  CallOutcome outcome = CallOutcome::kOk;
  std::string detail{};  // of kPasswordRefused the reason, of kCreated the account's id, of a reset's kOk the request's id
};

// kRun: carry the call out, under `request_id`: that of the first call with this key, so that what it did is known as its own.
struct BegunCall {
  enum class Kind : std::uint8_t { kRun, kAnswered, kOtherBody, kUnderWay } kind = Kind::kRun;
  std::string request_id{};
  CallAnswer answer{};  // of kAnswered
};

// This one remembers nothing: for a program with a store of its own. Safe from every thread.
class AnswerStore {
 public:
  virtual ~AnswerStore() = default;

  // Of any number of simultaneous calls one runs; the others are under way until it has an answer or was let go, or half a minute
  // has passed. A call that is repeated under its request id runs again. Throws: Unavailable.
  virtual BegunCall begin(const CallRepeat&, const std::string& request_id) { return {BegunCall::Kind::kRun, request_id}; }

  // Throws: Unavailable; then the next call with the key runs under the first one's request id.
  virtual void keep(const CallRepeat&, const CallAnswer&) {}

  // The call has no answer to keep: the next one runs at once. Never throws.
  virtual void let_go(const CallRepeat&) noexcept {}
};

}  // namespace rekey
