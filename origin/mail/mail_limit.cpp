#include "origin/mail/mail_limit.h"

#include <algorithm>

namespace rekey {
namespace {

using Open = AccountMail::Open;
using Kind = LimitVerdict::Kind;

// An account has one mail in flight at a time. Looking again after a second is soon enough, and cheap.
constexpr std::chrono::seconds kBesideOneInFlight{1};

bool is_over_a_limit(const AccountMail& mail, const MailRules& rules) {
  return mail.in_short >= rules.per_short || mail.in_long >= rules.per_long;
}

}  // namespace

LimitVerdict judge_newest(const AccountMail& mail, const MailRules& rules) {
  if (mail.open == Open::kInFlight) return {Kind::kWait, kBesideOneInFlight};
  if (!is_over_a_limit(mail, rules)) return {Kind::kSend};
  if (mail.link == AccountMail::Link::kAlive) return {Kind::kSuppress};
  if (mail.in_short >= rules.per_short) return {Kind::kWait, mail.short_frees_in};
  if (mail.open == Open::kPerhapsMailed) return {Kind::kWait, rules.lease};  // that mail's outcome decides
  return {Kind::kSend};  // over the long limit, but the owner would otherwise have no link at all
}

std::chrono::seconds useful_remainder(std::chrono::seconds lifetime) {
  return std::min(std::chrono::seconds(std::chrono::minutes(15)), lifetime / 4);
}

}  // namespace rekey
