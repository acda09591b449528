#include "origin/mail/mail_schedule.h"

#include <catch2/catch.hpp>

using namespace rekey;
using namespace std::chrono_literals;

namespace {

using Kind = MailStep::Kind;

constexpr SteadyTime kStart{1h};

MailJobPtr job_claimed_at(SteadyTime time) { return std::make_unique<MailJob>(ResetJob{}, time); }

std::vector<MailJobPtr> jobs_claimed_at(SteadyTime time, int count) {
  std::vector<MailJobPtr> jobs;
  for (int i = 0; i < count; ++i) jobs.push_back(job_claimed_at(time));
  return jobs;
}

MailOutcome said(MailVerdict verdict) { return {verdict, 0, "x"}; }

MailSchedule new_schedule() { return MailSchedule(MailPace{}, kStart, 1); }

// A schedule that has looked once, found nothing, and looks again in a second.
MailSchedule idle_schedule() {
  auto schedule = new_schedule();
  REQUIRE(schedule.next(kStart).kind == Kind::kClaim);
  schedule.claimed({}, 1'000ms, kStart);
  return schedule;
}

// One mail was claimed and refused by the relay at kStart.
MailSchedule paused_schedule() {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 1), 0ms, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  REQUIRE(schedule.sent(said(MailVerdict::kRelayRefuses), kStart) == RelayChange::kPaused);
  return schedule;
}

}  // namespace

TEST_CASE("it looks at once, then when the store says, then again", "[mail_schedule]") {
  auto schedule = idle_schedule();
  const auto wait = schedule.next(kStart);
  CHECK(wait.kind == Kind::kWait);
  CHECK(wait.until == kStart + 1s);
  CHECK(schedule.next(kStart + 999ms).kind == Kind::kWait);
  CHECK(schedule.next(kStart + 1s).kind == Kind::kClaim);
}

TEST_CASE("a wake makes the next sender look at once", "[mail_schedule]") {
  auto schedule = idle_schedule();
  schedule.wake();
  CHECK(schedule.next(kStart + 1ms).kind == Kind::kClaim);
}

TEST_CASE("a wake during a claim is not lost", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.wake();
  CHECK(schedule.next(kStart).kind == Kind::kWait);
  schedule.claimed({}, 1'000ms, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kClaim);
}

TEST_CASE("one sender claims at a time, the others wait until told", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  const auto wait = schedule.next(kStart);
  CHECK(wait.kind == Kind::kWait);
  CHECK(wait.until > kStart + 1min);
}

TEST_CASE("an empty claim is not followed by another at once, whatever the store says", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed({}, 0ms, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
  CHECK(schedule.next(kStart + 50ms).kind == Kind::kClaim);
}

TEST_CASE("M17: a mail that takes long holds up none of those that were claimed with it", "[mail_schedule][M17]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 3), 0ms, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);  // and does not come back
  CHECK(schedule.next(kStart + 1s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 2s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 3s).kind == Kind::kClaim);
}

TEST_CASE("a mail whose lease would end before it is sent is given back", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 2), 0ms, kStart);
  CHECK(schedule.next(kStart + 20s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 20s + 1ms).kind == Kind::kGiveBack);
}

TEST_CASE("M19: a relay that refuses us is left alone for a minute, then asked with one mail", "[mail_schedule][M19]") {
  auto schedule = paused_schedule();
  schedule.wake();
  CHECK(schedule.next(kStart + 59s).kind == Kind::kWait);
  const auto claim = schedule.next(kStart + 60s);
  REQUIRE(claim.kind == Kind::kClaim);
  CHECK(claim.most == 1);
  schedule.claimed(jobs_claimed_at(kStart + 60s, 1), 0ms, kStart + 60s);
  CHECK(schedule.next(kStart + 60s).kind == Kind::kSend);
  schedule.wake();
  CHECK(schedule.next(kStart + 60s).kind == Kind::kWait);

  SECTION("refused again: another minute, and another alarm") {
    CHECK(schedule.sent(said(MailVerdict::kRelayRefuses), kStart + 61s) == RelayChange::kPaused);
    CHECK(schedule.next(kStart + 120s).kind == Kind::kWait);
    CHECK(schedule.next(kStart + 121s).kind == Kind::kClaim);
  }
  SECTION("taken: full speed again") {
    CHECK(schedule.sent(said(MailVerdict::kTaken), kStart + 61s) == RelayChange::kResumed);
    const auto next = schedule.next(kStart + 61s);
    CHECK(next.kind == Kind::kClaim);
    CHECK(next.most == 16);
  }
  SECTION("not reached: one at a time still") {
    CHECK(schedule.sent(said(MailVerdict::kTryLater), kStart + 61s) == RelayChange::kNone);
    CHECK(schedule.next(kStart + 61s).most == 1);
  }
  SECTION("this recipient not now, but our sender taken: full speed again") {
    CHECK(schedule.sent({MailVerdict::kTryLater, 451, "", RelayStanding::kServesUs}, kStart + 61s) == RelayChange::kResumed);
    CHECK(schedule.next(kStart + 61s).most == 16);
  }
}

TEST_CASE("however slow the relay, neither queue waits for the other to be empty", "[mail_schedule]") {
  const auto mail_takes = GENERATE(3s, 11s, 25s);
  auto schedule = new_schedule();
  int notices = 0;
  int resets = 0;
  int busy = 0;
  for (auto now = kStart; now < kStart + 600s; now += mail_takes) {
    for (; busy > 0; --busy) schedule.sent(said(MailVerdict::kTaken), now);
    while (busy < 4) {
      const auto step = schedule.next(now);
      if (step.kind == Kind::kSend) {
        ++(std::holds_alternative<NoticeJob>(step.job->row) ? notices : resets);
        ++busy;
      } else if (step.kind == Kind::kClaim) {
        auto jobs = jobs_claimed_at(now, step.order == ClaimOrder::kResetsFirst ? 16 : 8);
        for (int i = 0; step.order == ClaimOrder::kNoticesFirst && i < 8; ++i) {
          jobs.insert(jobs.begin(), std::make_unique<MailJob>(NoticeJob{}, now));
        }
        schedule.claimed(std::move(jobs), 0ms, now);
      } else if (step.kind == Kind::kPrune) {
        schedule.pruned(0, now);
      } else {
        REQUIRE(step.kind == Kind::kGiveBack);
      }
    }
  }
  CHECK(notices * 4 > resets);
  CHECK(resets * 4 > notices);
}

TEST_CASE("M19: single mails that try the way come from both queues by turns, so that none waits for the other's",
          "[mail_schedule][M19]") {
  auto schedule = paused_schedule();
  std::vector<ClaimOrder> orders;
  for (auto now = kStart + 60s; orders.size() < 3; now += 1s) {
    const auto claim = schedule.next(now);
    REQUIRE(claim.kind == Kind::kClaim);
    orders.push_back(claim.order);
    schedule.claimed(jobs_claimed_at(now, 1), 0ms, now);
    REQUIRE(schedule.next(now).kind == Kind::kSend);
    schedule.sent(said(MailVerdict::kTryLater), now);
  }
  CHECK(orders == std::vector{ClaimOrder::kResetsFirst, ClaimOrder::kNoticesFirst, ClaimOrder::kResetsFirst});
}

TEST_CASE("a log-in wanted for one mail pauses nobody, and is passed on once a minute", "[mail_schedule][M19]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 4), 0ms, kStart);
  const auto send_at = [&](SteadyTime now) {
    REQUIRE(schedule.next(now).kind == Kind::kSend);
    return schedule.sent(said(MailVerdict::kWantsLogIn), now);
  };
  CHECK(send_at(kStart) == RelayChange::kComplained);
  CHECK(send_at(kStart) == RelayChange::kNone);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
  CHECK(schedule.sent(said(MailVerdict::kTaken), kStart) == RelayChange::kNone);
  CHECK(schedule.next(kStart + 1s).kind == Kind::kSend);
  schedule.next(kStart + 1s);
  schedule.claimed(jobs_claimed_at(kStart + 60s, 1), 0ms, kStart + 60s);
  CHECK(send_at(kStart + 60s) == RelayChange::kComplained);
}

TEST_CASE("M19: what was claimed before the relay refused is given back untried, and one alarm is enough",
          "[mail_schedule][M19]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 4), 0ms, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  CHECK(schedule.sent(said(MailVerdict::kRelayRefuses), kStart) == RelayChange::kPaused);
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK(schedule.sent(said(MailVerdict::kRelayRefuses), kStart) == RelayChange::kNone);
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
}

TEST_CASE("while the store is away the pauses grow up to ten seconds, and no wake shortens them", "[mail_schedule]") {
  auto schedule = new_schedule();
  auto now = kStart;
  auto longest = 0ms;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(schedule.next(now).kind == Kind::kClaim);
    schedule.claimed({}, std::nullopt, now);
    schedule.wake();
    const auto wait = schedule.next(now);
    REQUIRE(wait.kind == Kind::kWait);
    const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(wait.until - now);
    CHECK(delay >= 125ms);
    CHECK(delay <= 10s);
    longest = std::max(longest, delay);
    now = wait.until;
  }
  CHECK(longest >= 5s);
  schedule.next(now);
  schedule.claimed({}, 1'000ms, now);
  schedule.wake();
  CHECK(schedule.next(now).kind == Kind::kClaim);
}

TEST_CASE("what was claimed before the store failed is sent all the same", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 1), std::nullopt, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
}

TEST_CASE("on stopping, unstarted mails are given back, then all leave", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 2), 0ms, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  schedule.stop();
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK(schedule.next(kStart).kind == Kind::kLeave);
}

TEST_CASE("old rows are pruned now and then, by one sender, and soon again where there were some", "[mail_schedule]") {
  auto schedule = idle_schedule();
  const auto later = kStart + 600s;
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  CHECK(schedule.next(later).kind == Kind::kClaim);
  schedule.claimed({}, 1'000ms, later);
  CHECK(schedule.next(later).kind == Kind::kWait);
  schedule.pruned(500, later);
  CHECK(schedule.next(later + 5s).kind == Kind::kPrune);
  schedule.pruned(0, later + 5s);
  CHECK(schedule.next(later + 10s).kind == Kind::kClaim);
  schedule.claimed({}, 1'000ms, later + 10s);
  CHECK(schedule.next(later + 10s).kind == Kind::kWait);
}

TEST_CASE("a prune that found a full piece goes on at once, lets a claim in between, and ends with a stop", "[mail_schedule]") {
  auto schedule = idle_schedule();
  const auto later = kStart + 600s;
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  CHECK(schedule.next(later).kind == Kind::kClaim);
  schedule.claimed({}, 1'000ms, later);
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  schedule.stop();
  CHECK(schedule.next(later).kind == Kind::kLeave);
}
