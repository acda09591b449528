// How reset requests and deliveries end: the terminal state, which the row holds, and the cause, which the metrics count.
// README.md, "Events and metrics", holds the same table, and a test compares.
#pragma once

#include <cstdint>
#include <string_view>

#include "origin/ports/enum_table.h"

namespace rekey {

enum class MailEnd : std::uint8_t {
  kTaken,
  kUnknownAddress,
  kAccountGone,
  kEdgeLimit,
  kLiveLink,
  kListed,
  kNewerRequest,
  kLinkEnded,
  kRefused,
  kPoisoned,
  kDeferred,
  kUnheard,
  kLate,
};

struct MailEndRow {
  MailEnd key;
  std::string_view state;
  std::string_view cause;
  std::string_view meaning;  // for the operator
};

inline constexpr MailEndRow kMailEnds[] = {
    {MailEnd::kTaken, "sent", "taken", "the relay took the mail"},
    {MailEnd::kUnknownAddress, "no_account", "unknown_address", "no active account has the address"},
    {MailEnd::kAccountGone, "no_account", "account_gone", "the account was deleted or locked before the mail went out"},
    {MailEnd::kEdgeLimit, "suppressed", "edge_limit", "over `LIMIT_FORGOT_PER_ACCOUNT`"},
    {MailEnd::kLiveLink, "suppressed", "live_link", "over `MAIL_LIMIT_PER_ACCOUNT`, and a mailed link is still alive"},
    {MailEnd::kListed, "suppressed", "listed", "the address is on the suppression list"},
    {MailEnd::kNewerRequest, "superseded", "newer_request", "a newer request of the account took its place"},
    {MailEnd::kLinkEnded, "superseded", "link_ended", "its link was used, replaced or cancelled before the mail went out"},
    {MailEnd::kRefused, "rejected", "refused", "the relay refused the recipient or the mail for good, or the link's key is gone"},
    {MailEnd::kPoisoned, "rejected", "poisoned", "the mail breaks the rules of addresses or headers"},
    {MailEnd::kDeferred, "expired_undelivered", "deferred", "at the last attempt the relay did not take the mail"},
    {MailEnd::kUnheard, "expired_undelivered", "unheard", "the relay's reply to the last attempt did not arrive"},
    {MailEnd::kLate, "expired_undelivered", "late", "it was too late for another attempt: the senders were paused or away"},
};
static_assert(is_in_order(kMailEnds));

constexpr const MailEndRow& row_of(MailEnd end) { return row_of(kMailEnds, end); }

}  // namespace rekey
