// What becomes of an account's newest request for a reset link. Pure: the facts come from one look at the database under the
// account's lock, by the database's clock. Older requests are superseded by the newest, whatever becomes of that.
#pragma once

#include <chrono>
#include <cstdint>

#include "origin/ports/store.h"

namespace rekey {

// The account's reset mails so far.
struct AccountMail {
  // The delivery that has not ended. kPerhapsMailed: an attempt ended unheard, so the mail may be in the inbox, and its link
  // would still be of use.
  enum class Open : std::uint8_t { kNone, kInFlight, kUntried, kTried, kPerhapsMailed } open = Open::kNone;

  // Of mails that were taken: whether one holds a live link that has useful_remainder() left.
  enum class Link : std::uint8_t { kNone, kAlive } link = Link::kNone;

  std::uint32_t in_short = 0;  // mails within the short period, those perhaps taken included
  std::uint32_t in_long = 0;
  std::chrono::milliseconds short_frees_in{0};  // until one more fits into the short limit
};

struct LimitVerdict {
  // kSend: it replaces the open delivery. kWait, kSuppress: it replaces nothing.
  enum class Kind : std::uint8_t { kSend, kWait, kSuppress } kind = Kind::kSend;
  std::chrono::milliseconds wait{0};  // for kWait
};

LimitVerdict judge_newest(const AccountMail& mail, const MailRules& rules);

// The end of a link's life in which it is of too little use to be mailed, or to count as one that the owner already has: 15
// minutes, or a quarter of its life where that is less.
std::chrono::seconds useful_remainder(std::chrono::seconds lifetime);

}  // namespace rekey
