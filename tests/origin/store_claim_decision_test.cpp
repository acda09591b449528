#include <catch2/catch.hpp>

#include "origin/mail/mail_limit.h"

using namespace rekey;

namespace {

using Standing = WaitingRequest::Standing;
using Token = WaitingRequest::Token;
using Verdict = ClaimVerdict;

const ClaimRules kRules{.lifetime = std::chrono::hours(1), .lease = std::chrono::seconds(60)};
const MailHistory kNothingSent;

std::vector<Verdict> verdicts(const std::vector<WaitingRequest>& requests, const MailHistory& history = kNothingSent) {
  std::vector<Verdict> out;
  for (const ClaimDecision& decision : decide_claim(requests, history, kRules)) out.push_back(decision.verdict);
  return out;
}

WaitingRequest waiting(Standing standing, Token token = Token::kNone) { return {standing, token, std::chrono::seconds(40)}; }

}  // namespace

TEST_CASE("the newest request goes, older ones are superseded, even where the newest is not due", "[claim_decision]") {
  CHECK(verdicts({waiting(Standing::kDue), waiting(Standing::kDue), waiting(Standing::kLater)}) ==
        std::vector{Verdict::kGo, Verdict::kSupersede, Verdict::kSupersede});
  CHECK(verdicts({waiting(Standing::kLater), waiting(Standing::kDue)}) == std::vector{Verdict::kLeave, Verdict::kSupersede});
}

TEST_CASE("a request that is suppressed replaces nothing: the one before it is tried again", "[claim_decision]") {
  const MailHistory one{
      .sent_in_short = 1, .sent_in_long = 1, .short_frees_in = {}, .mailed_link = MailHistory::MailedLink::kAlive};
  CHECK(verdicts({waiting(Standing::kDue), waiting(Standing::kDue, Token::kAlive), waiting(Standing::kLater)}, one) ==
        std::vector{Verdict::kSuppress, Verdict::kGoAgain, Verdict::kSupersede});
  CHECK(verdicts({waiting(Standing::kDue), waiting(Standing::kLater, Token::kAlive)}, one) ==
        std::vector{Verdict::kSuppress, Verdict::kLeave});
}

TEST_CASE(
    "beside a mail that was perhaps taken and is tried again, the newest waits over a limit, and replaces the untried alone",
    "[claim_decision]") {
  const MailHistory one{.sent_in_short = 1,
                        .sent_in_long = 1,
                        .short_frees_in = std::chrono::seconds(20),
                        .mailed_link = MailHistory::MailedLink::kPerhaps};
  CHECK(verdicts({waiting(Standing::kDue), waiting(Standing::kDue), waiting(Standing::kDue, Token::kAlive),
                  waiting(Standing::kDue, Token::kAlive)},
                 one) == std::vector{Verdict::kWait, Verdict::kSupersede, Verdict::kGoAgain, Verdict::kSupersede});
  CHECK(verdicts({waiting(Standing::kLater), waiting(Standing::kLater, Token::kAlive)}, one) ==
        std::vector{Verdict::kLeave, Verdict::kLeave});
  MailHistory within = one;
  within.sent_in_short = 0;
  CHECK(verdicts({waiting(Standing::kDue), waiting(Standing::kLater, Token::kAlive)}, within) ==
        std::vector{Verdict::kGo, Verdict::kSupersede});
}

TEST_CASE("beside a request in flight the newest waits until the lease is over", "[claim_decision]") {
  const auto decisions = decide_claim(std::vector{waiting(Standing::kDue), waiting(Standing::kLeased)}, kNothingSent, kRules);
  CHECK(decisions[0].verdict == Verdict::kWait);
  CHECK(decisions[0].wait == std::chrono::seconds(40));
  CHECK(decisions[1].verdict == Verdict::kLeave);
}

TEST_CASE("what is older than a request in flight is superseded by it", "[claim_decision]") {
  CHECK(verdicts({waiting(Standing::kLeased), waiting(Standing::kDue), waiting(Standing::kLater)}) ==
        std::vector{Verdict::kLeave, Verdict::kSupersede, Verdict::kSupersede});
}

TEST_CASE("a retry goes again by its token alone, whatever was sent", "[claim_decision]") {
  const MailHistory much{
      .sent_in_short = 9, .sent_in_long = 9, .short_frees_in = {}, .mailed_link = MailHistory::MailedLink::kAlive};
  CHECK(verdicts({waiting(Standing::kDue, Token::kAlive)}, much) == std::vector{Verdict::kGoAgain});
  CHECK(verdicts({waiting(Standing::kDue, Token::kGone)}) == std::vector{Verdict::kSupersede});
  CHECK(verdicts({waiting(Standing::kDue, Token::kTooLate)}) == std::vector{Verdict::kExpire});
}

TEST_CASE("L14, L16: the mail limits, rule by rule", "[claim_decision]") {
  using Link = MailHistory::MailedLink;
  const auto decide = [](std::uint32_t in_short, std::uint32_t in_long, Link link) {
    const MailHistory history{in_short, in_long, std::chrono::seconds(20), link};
    return decide_claim(std::vector{waiting(Standing::kDue)}, history, kRules)[0];
  };
  CHECK(decide(0, 4, Link::kAlive).verdict == Verdict::kGo);
  CHECK(decide(1, 1, Link::kAlive).verdict == Verdict::kSuppress);
  CHECK(decide(0, 5, Link::kAlive).verdict == Verdict::kSuppress);
  CHECK(decide(1, 1, Link::kNone).verdict == Verdict::kWait);
  CHECK(decide(1, 1, Link::kNone).wait == std::chrono::seconds(20));
  CHECK(decide(1, 5, Link::kNone).verdict == Verdict::kWait);
  CHECK(decide(0, 5, Link::kNone).verdict == Verdict::kGo);
  CHECK(decide(1, 5, Link::kPerhaps).wait == std::chrono::seconds(20));
  CHECK(decide(0, 5, Link::kPerhaps).verdict == Verdict::kWait);
  CHECK(decide(0, 5, Link::kPerhaps).wait == kRules.lease);
}

TEST_CASE("a link is of use for a quarter of its life, at most a quarter of an hour", "[claim_decision]") {
  CHECK(useful_remainder(std::chrono::hours(1)) == std::chrono::minutes(15));
  CHECK(useful_remainder(std::chrono::minutes(20)) == std::chrono::minutes(5));
}
