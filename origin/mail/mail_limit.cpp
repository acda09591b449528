#include "origin/mail/mail_limit.h"

#include <algorithm>

namespace rekey {

namespace {

using Standing = WaitingRequest::Standing;
using Token = WaitingRequest::Token;
using MailedLink = MailHistory::MailedLink;

bool is_over_a_limit(const MailHistory& history, const ClaimRules& rules) {
  return history.sent_in_short >= rules.per_short || history.sent_in_long >= rules.per_long;
}

// Who asks beside a mail that may be in the inbox is not done with: that mail is tried again, and what becomes of it decides.
bool must_hear_of_the_last(const MailHistory& history, const ClaimRules& rules) {
  return is_over_a_limit(history, rules) && history.mailed_link == MailedLink::kPerhaps;
}

ClaimDecision decide_by_history(const MailHistory& history, const ClaimRules& rules) {
  if (!is_over_a_limit(history, rules)) return {ClaimVerdict::kGo};
  if (history.mailed_link == MailedLink::kAlive) return {ClaimVerdict::kSuppress};
  if (history.sent_in_short >= rules.per_short) return {ClaimVerdict::kWait, history.short_frees_in};
  if (history.mailed_link == MailedLink::kPerhaps) return {ClaimVerdict::kWait, rules.lease};
  return {ClaimVerdict::kGo};
}

ClaimDecision decide_newest(const WaitingRequest& request, const MailHistory& history, const ClaimRules& rules) {
  if (request.standing == Standing::kLater) return {ClaimVerdict::kLeave};
  switch (request.token) {
    case Token::kNone:
      return decide_by_history(history, rules);
    case Token::kAlive:
      return {ClaimVerdict::kGoAgain};
    case Token::kTooLate:
      return {ClaimVerdict::kExpire};
    case Token::kGone:
      return {ClaimVerdict::kSupersede};
  }
  __builtin_trap();
}

ClaimDecision wait_for(const WaitingRequest& leased, const WaitingRequest& request) {
  if (request.standing == Standing::kLater) return {ClaimVerdict::kLeave};
  return {ClaimVerdict::kWait, leased.due_in};
}

}  // namespace

std::vector<ClaimDecision> decide_claim(std::span<const WaitingRequest> newest_first, const MailHistory& history,
                                        const ClaimRules& rules) {
  const auto is_leased = [](const WaitingRequest& request) { return request.standing == Standing::kLeased; };
  const auto leased = std::find_if(newest_first.begin(), newest_first.end(), is_leased);
  std::vector<ClaimDecision> decisions;
  bool newest_seen = false;
  bool spares_one_tried = must_hear_of_the_last(history, rules);
  for (const WaitingRequest& request : newest_first) {
    if (is_leased(request)) {
      newest_seen = true;  // was the newest when it was claimed: what is older still came late or was too much to look at then
      decisions.push_back({ClaimVerdict::kLeave});
    } else if (newest_seen && spares_one_tried && request.token != Token::kNone) {
      spares_one_tried = false;
      decisions.push_back(decide_newest(request, history, rules));
    } else if (newest_seen) {
      decisions.push_back({ClaimVerdict::kSupersede});
    } else {
      decisions.push_back(leased == newest_first.end() ? decide_newest(request, history, rules) : wait_for(*leased, request));
      newest_seen = decisions.back().verdict != ClaimVerdict::kSuppress;  // what is suppressed replaces nothing
    }
  }
  return decisions;
}

std::chrono::seconds useful_remainder(std::chrono::seconds lifetime) {
  return std::min(std::chrono::seconds(std::chrono::minutes(15)), lifetime / 4);
}

}  // namespace rekey
