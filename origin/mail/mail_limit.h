// Decides on an account's newest reset request: send, wait or suppress. Pure: the facts are read from the database under the
// account's lock, by the database's clock. The newest request supersedes the older ones, whatever the verdict.
#pragma once

#include <chrono>
#include <cstdint>

#include "origin/ports/store.h"

namespace rekey {

// The account's reset mails so far.
struct AccountMail {
  // The delivery that has not ended. kPerhapsMailed: an attempt ended without the relay's answer, so the mail may be in the
  // inbox, with a link that is still useful.
  enum class Open : std::uint8_t { kNone, kInFlight, kUntried, kTried, kPerhapsMailed } open = Open::kNone;

  // kAlive: a mail that was taken holds a live link with at least useful_remainder() left.
  enum class Link : std::uint8_t { kNone, kAlive } link = Link::kNone;

  std::uint32_t in_short = 0;  // mails within the short period, including those perhaps taken
  std::uint32_t in_long = 0;
  std::chrono::milliseconds short_frees_in{0};  // until the short limit allows one more
};

struct LimitVerdict {
  // Only kSend replaces the open delivery.
  enum class Kind : std::uint8_t { kSend, kWait, kSuppress } kind = Kind::kSend;
  std::chrono::milliseconds wait{0};  // for kWait
};

// The first that holds:
// - a mail of the account is in flight: wait a second;
// - neither limit is reached: send;
// - a mail that was taken holds a useful, live link: suppress;
// - the short limit is reached: wait until it frees;
// - a mail perhaps taken is still to be tried again: wait for its outcome;
// - only the long limit is reached: send, else the owner would have no link at all.
LimitVerdict judge_newest(const AccountMail& mail, const MailRules& rules);

// 15 minutes, or a quarter of the lifetime if that is less. A link with less time left is not mailed, and does not count as a
// link that the owner already has.
std::chrono::seconds useful_remainder(std::chrono::seconds lifetime);

}  // namespace rekey
