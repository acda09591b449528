#include "origin/mail/mail_limit.h"

#include <catch2/catch.hpp>
#include <map>
#include <sstream>

using namespace rekey;

namespace {

using Open = AccountMail::Open;
using Kind = LimitVerdict::Kind;

// One mail in 60 s, five in 3600 s, a lease of 120 s; one more mail fits into the short limit in 20 s.
constexpr const char* kCases = R"(
# open delivery  mailed link  in 60 s  in 3600 s  verdict   wait
none             none         0        0          send      0
none             none         0        4          send      0
none             alive        0        4          send      0
untried          none         0        0          send      0
tried            none         0        0          send      0
perhaps_mailed   none         0        1          send      0
perhaps_mailed   alive        0        4          send      0

# while one is in flight every request waits for it, a second at a time
in_flight        none         0        0          wait      1
in_flight        none         1        1          wait      1
in_flight        alive        1        5          wait      1

# over a limit, and the owner has a live link
none             alive        1        1          suppress  0
none             alive        0        5          suppress  0
none             alive        1        5          suppress  0
none             alive        9        9          suppress  0
tried            alive        1        1          suppress  0
untried          alive        0        5          suppress  0
perhaps_mailed   alive        1        1          suppress  0

# over the short limit, and the owner has no link
none             none         1        1          wait      20
none             none         1        5          wait      20
tried            none         1        1          wait      20
perhaps_mailed   none         1        1          wait      20
perhaps_mailed   none         1        5          wait      20

# over the long limit alone: wait for a mail that may be in the inbox; otherwise send, so that nobody keeps the owner out
none             none         0        5          send      0
none             none         0        50         send      0
untried          none         0        5          send      0
tried            none         0        5          send      0
perhaps_mailed   none         0        5          wait      120
)";

const std::map<std::string, Open> kOpen{{"none", Open::kNone},
                                        {"in_flight", Open::kInFlight},
                                        {"untried", Open::kUntried},
                                        {"tried", Open::kTried},
                                        {"perhaps_mailed", Open::kPerhapsMailed}};
const std::map<std::string, AccountMail::Link> kLink{{"none", AccountMail::Link::kNone}, {"alive", AccountMail::Link::kAlive}};
const std::map<std::string, Kind> kKind{{"send", Kind::kSend}, {"wait", Kind::kWait}, {"suppress", Kind::kSuppress}};

}  // namespace

TEST_CASE("L14, L16: the mail limit, case by case", "[mail_limit]") {
  std::istringstream cases(kCases);
  int judged = 0;
  for (std::string line; std::getline(cases, line);) {
    if (line.empty() || line.starts_with("#")) continue;
    INFO(line);
    std::istringstream fields(line);
    std::string open, link, verdict;
    AccountMail mail;
    std::int64_t wait = 0;
    REQUIRE(fields >> open >> link >> mail.in_short >> mail.in_long >> verdict >> wait);
    mail.open = kOpen.at(open);
    mail.link = kLink.at(link);
    mail.short_frees_in = std::chrono::seconds(20);
    const auto judgement = judge_newest(mail, MailRules{});
    CHECK(judgement.kind == kKind.at(verdict));
    CHECK(judgement.wait == std::chrono::seconds(wait));
    ++judged;
  }
  CHECK(judged == 27);
}

TEST_CASE("a link is of use until the last quarter of its life, at most the last quarter of an hour", "[mail_limit]") {
  CHECK(useful_remainder(std::chrono::hours(1)) == std::chrono::minutes(15));
  CHECK(useful_remainder(std::chrono::minutes(20)) == std::chrono::minutes(5));
}
