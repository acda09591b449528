// What becomes of an account's waiting reset requests when the worker comes by. Pure: the facts come from one look at the
// database under the account's lock, by the database's clock. The rules: DESIGN.md, "What is stored".
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "origin/ports/store.h"

namespace rekey {

// One request that is queued or being sent.
struct WaitingRequest {
  enum class Standing : std::uint8_t {
    kLeased,
    kDue,
    kLater
  } standing = Standing::kDue;  // held by a worker; to be looked at; not yet
  enum class Token : std::uint8_t { kNone, kAlive, kTooLate, kGone } token = Token::kNone;  // kNone: never claimed before
  std::chrono::milliseconds due_in{0};  // for leased ones: until the lease is over
};

// Mails sent, and tries of which nobody knows whether they were.
struct MailHistory {
  std::uint32_t sent_in_short = 0;
  std::uint32_t sent_in_long = 0;
  std::chrono::milliseconds short_frees_in{0};  // until one more fits into the short limit
  // A link that lives for long enough to be of use. kPerhaps: its mail may have been taken, and is still to be tried again.
  enum class MailedLink : std::uint8_t { kNone, kPerhaps, kAlive } mailed_link = MailedLink::kNone;
};

enum class ClaimVerdict : std::uint8_t { kLeave, kGo, kGoAgain, kWait, kSupersede, kSuppress, kExpire };

struct ClaimDecision {
  ClaimVerdict verdict = ClaimVerdict::kLeave;
  std::chrono::milliseconds wait{0};  // for kWait
};

// In: one account's requests, newest first. Returns: a decision for each, in the same order; at most one goes.
std::vector<ClaimDecision> decide_claim(std::span<const WaitingRequest> newest_first, const MailHistory& history,
                                        const ClaimRules& rules);

// Too little of a link's life to be mailed, or to count as one the owner already has: the lesser of 15 minutes and a quarter of
// it.
std::chrono::seconds useful_remainder(std::chrono::seconds lifetime);

}  // namespace rekey
