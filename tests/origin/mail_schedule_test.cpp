#include "origin/mail/mail_schedule.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace rekey;
using namespace std::chrono_literals;

namespace {

using Kind = MailStep::Kind;

constexpr SteadyTime kStart{1h};

std::vector<MailJob> jobs_claimed_at(SteadyTime time, int count) {
  return std::vector<MailJob>(static_cast<std::size_t>(count), MailJob{Delivery{}, time});
}

MailOutcome said(MailVerdict verdict) { return {verdict, 0, "x"}; }

MailSchedule new_schedule() { return MailSchedule(MailPace{}, kStart, 1); }

// A schedule after one round, which found nothing.
MailSchedule idle_schedule() {
  auto schedule = new_schedule();
  REQUIRE(schedule.next(kStart).kind == Kind::kRound);
  schedule.claimed({}, Fill::kPartly, kStart);
  return schedule;
}

// A mail has ended, and is settled before anything else.
SendEnd end_mail(MailSchedule& schedule, const MailOutcome& outcome, SteadyTime now) {
  auto end = schedule.sent({.claimed_at = now}, outcome, now);
  REQUIRE(schedule.next(now).kind == Kind::kSettle);
  schedule.settled({}, Unsettled::kHeld, now);
  return end;
}

bool is_told(const SendEnd& end, RelayState state) { return end.news && end.news->to == state; }

// A mailer that can't probe leaves it to the next mail.
void try_with_a_mail(MailSchedule& schedule, SteadyTime now) {
  REQUIRE(schedule.next(now).kind == Kind::kProbe);
  schedule.probed(RelayRank::kPrimary, {}, now);
}

FinishedMail mail_of(std::int64_t delivery) {
  FinishedMail mail{.claimed_at = kStart};
  mail.attempt.lease.delivery = delivery;
  return mail;
}

// So many mails under way, claimed and begun at kStart.
MailSchedule sending_schedule(int mails) {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, mails), Fill::kPartly, kStart);
  for (int i = 0; i < mails; ++i) REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  return schedule;
}

std::vector<std::int64_t> deliveries_of(const MailStep& step) {
  std::vector<std::int64_t> ids;
  for (const auto& mail : step.finished) ids.push_back(mail.attempt.lease.delivery);
  return ids;
}

// At kStart one mail was claimed, and the relay refused us.
MailSchedule paused_schedule() {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 1), Fill::kFull, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  REQUIRE(is_told(end_mail(schedule, said(MailVerdict::kRelayRefuses), kStart), RelayState::kRefusing));
  REQUIRE(schedule.next(kStart).kind == Kind::kRing);
  return schedule;
}

}  // namespace

TEST_CASE("rounds come at random intervals between half a cadence and one and a half", "[mail_schedule]") {
  auto schedule = new_schedule();
  std::vector<std::chrono::milliseconds> rests;
  for (auto now = kStart; rests.size() < 200;) {
    auto step = schedule.next(now);
    REQUIRE(step.kind == Kind::kRound);
    schedule.claimed({}, Fill::kPartly, now);
    step = schedule.next(now);
    REQUIRE(step.kind == Kind::kWait);
    CHECK(schedule.next(step.until - 1ms).kind == Kind::kWait);
    rests.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(step.until - now));
    now = step.until;
    if (now >= kStart + 290s) break;  // before the first prune
  }
  std::ranges::sort(rests);
  REQUIRE(rests.size() == 200);
  CHECK(rests.front() >= 500ms);
  CHECK(rests.front() < 550ms);
  CHECK(rests.back() <= 1500ms);
  CHECK(rests.back() > 1450ms);
  CHECK(rests[100] > 850ms);
  CHECK(rests[100] < 1150ms);
}

TEST_CASE("two instances that start at the same time make their rounds at different times", "[mail_schedule]") {
  const auto first_rest = [](std::uint32_t spread) {
    MailSchedule schedule(MailPace{}, kStart, spread);
    schedule.next(kStart);
    schedule.claimed({}, Fill::kPartly, kStart);
    return schedule.next(kStart).until;
  };
  CHECK(first_rest(1) != first_rest(2));
}

TEST_CASE("a full round is followed by another as soon as a sender is free", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed({}, Fill::kFull, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kRound);
}

TEST_CASE("one sender at a time makes a round, the others wait for its end", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  const auto wait = schedule.next(kStart);
  CHECK(wait.kind == Kind::kWait);
  CHECK(wait.until > kStart + 1min);
}

TEST_CASE("M17: a slow mail delays none of those that were claimed with it", "[mail_schedule][M17]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 3), Fill::kFull, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);  // and never finishes
  CHECK(schedule.next(kStart + 1s).kind == Kind::kRound);
  CHECK(schedule.next(kStart + 2s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 3s).kind == Kind::kSend);
}

TEST_CASE("a mail whose lease would end before it is sent is given back", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 2), Fill::kFull, kStart);
  CHECK(schedule.next(kStart + 20s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 20s + 1ms).kind == Kind::kRound);
  CHECK(schedule.next(kStart + 20s + 1ms).kind == Kind::kGiveBack);
}

TEST_CASE("M19: after a refusal the senders pause for a minute, then try one mail", "[mail_schedule][M19]") {
  auto schedule = paused_schedule();
  CHECK(schedule.next(kStart + 59s).kind == Kind::kWait);
  try_with_a_mail(schedule, kStart + 60s);
  const auto claim = schedule.next(kStart + 60s);
  REQUIRE(claim.kind == Kind::kRound);
  CHECK(claim.most == 1);
  schedule.claimed(jobs_claimed_at(kStart + 60s, 1), Fill::kFull, kStart + 60s);
  CHECK(schedule.next(kStart + 60s).kind == Kind::kSend);
  CHECK(schedule.next(kStart + 60s).kind == Kind::kWait);

  SECTION("refused again: another minute, and no news") {
    CHECK_FALSE(end_mail(schedule, said(MailVerdict::kRelayRefuses), kStart + 61s).news);
    CHECK(schedule.next(kStart + 120s).kind == Kind::kWait);
    CHECK(schedule.next(kStart + 121s).kind == Kind::kProbe);
  }
  SECTION("taken: full speed again") {
    CHECK(is_told(end_mail(schedule, said(MailVerdict::kTaken), kStart + 61s), RelayState::kReachable));
    const auto next = schedule.next(kStart + 61s);
    CHECK(next.kind == Kind::kRound);
    CHECK(next.most == 64);
  }
  SECTION("not reached: still one at a time") {
    CHECK_FALSE(end_mail(schedule, said(MailVerdict::kTryLater), kStart + 61s).news);
    CHECK(schedule.next(kStart + 61s).most == 1);
  }
  SECTION("this recipient not now, but our sender taken: full speed again") {
    const auto end = end_mail(schedule, {MailVerdict::kTryLater, 451, "", RelayStanding::kServes}, kStart + 61s);
    CHECK(is_told(end, RelayState::kReachable));
    CHECK(schedule.next(kStart + 61s).most == 64);
  }
}

TEST_CASE("a rehearsal does not try the relay: mails still go one at a time", "[mail_schedule][M19]") {
  auto schedule = paused_schedule();
  const auto later = kStart + 60s;
  try_with_a_mail(schedule, later);
  REQUIRE(schedule.next(later).kind == Kind::kRound);
  schedule.claimed(jobs_claimed_at(later, 1), Fill::kFull, later);
  REQUIRE(schedule.next(later).kind == Kind::kSend);
  schedule.rehearsed({}, later);
  REQUIRE(schedule.next(later).kind == Kind::kSettle);
  schedule.settled({}, Unsettled::kHeld, later);
  const auto next = schedule.next(later);
  CHECK(next.kind == Kind::kRound);
  CHECK(next.most == 1);
}

TEST_CASE("a log-in demanded for one mail pauses nobody, and is reported once a minute", "[mail_schedule][M19]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 4), Fill::kPartly, kStart);
  const auto send_at = [&](SteadyTime now) {
    REQUIRE(schedule.next(now).kind == Kind::kSend);
    return end_mail(schedule, said(MailVerdict::kWantsLogIn), now).complaint;
  };
  CHECK(send_at(kStart) == Complaint::kToBeTold);
  CHECK(send_at(kStart) == Complaint::kNone);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
  CHECK_FALSE(end_mail(schedule, said(MailVerdict::kTaken), kStart).news);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
  schedule.next(kStart + 2s);
  schedule.claimed(jobs_claimed_at(kStart + 60s, 1), Fill::kPartly, kStart + 60s);
  CHECK(send_at(kStart + 60s) == Complaint::kToBeTold);
}

TEST_CASE("M19: deliveries that were claimed before the relay refused are given back untried, with one alarm in all",
          "[mail_schedule][M19]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 4), Fill::kPartly, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  CHECK(end_mail(schedule, said(MailVerdict::kRelayRefuses), kStart).news);
  CHECK(schedule.next(kStart).kind == Kind::kRing);
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK_FALSE(end_mail(schedule, said(MailVerdict::kRelayRefuses), kStart).news);
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
}

TEST_CASE("while the store is away rounds are tried at pauses between 125 ms and ten seconds", "[mail_schedule]") {
  auto schedule = new_schedule();
  auto now = kStart;
  auto longest = 0ms;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(schedule.next(now).kind == Kind::kRound);
    schedule.claimed({}, std::nullopt, now);
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
  schedule.claimed({}, Fill::kPartly, now);
  CHECK(schedule.next(now + 1500ms).kind == Kind::kRound);
}

TEST_CASE("deliveries that were claimed before the store failed are still sent", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 1), std::nullopt, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
}

TEST_CASE("on a stop unstarted mails are given back, then all senders leave", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 2), Fill::kFull, kStart);
  REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  schedule.stop(kStart);
  CHECK(schedule.next(kStart).kind == Kind::kGiveBack);
  CHECK(schedule.next(kStart).kind == Kind::kLeave);
}

TEST_CASE("old rows are pruned now and then, by one sender, and soon again if it found any", "[mail_schedule]") {
  auto schedule = idle_schedule();
  const auto later = kStart + 600s;
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  CHECK(schedule.next(later).kind == Kind::kRound);
  schedule.claimed({}, Fill::kPartly, later);
  CHECK(schedule.next(later).kind == Kind::kWait);
  schedule.pruned(500, later);
  CHECK(schedule.next(later + 5s).kind == Kind::kPrune);
  schedule.pruned(0, later + 5s);
  CHECK(schedule.next(later + 10s).kind == Kind::kRound);
  schedule.claimed({}, Fill::kPartly, later + 10s);
  CHECK(schedule.next(later + 10s).kind == Kind::kWait);
}

TEST_CASE("a prune that found a full piece goes on at once, with a round in between, and ends at a stop", "[mail_schedule]") {
  auto schedule = idle_schedule();
  const auto later = kStart + 600s;
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  CHECK(schedule.next(later).kind == Kind::kRound);
  schedule.claimed({}, Fill::kPartly, later);
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  REQUIRE(schedule.next(later).kind == Kind::kPrune);
  schedule.pruned(kPrunePiece, later);
  schedule.stop(kStart);
  CHECK(schedule.next(later).kind == Kind::kLeave);
}

TEST_CASE("a mail that ends alone is settled at once", "[mail_schedule]") {
  auto schedule = sending_schedule(1);
  schedule.sent(mail_of(1), said(MailVerdict::kTaken), kStart);
  const auto step = schedule.next(kStart);
  CHECK(step.kind == Kind::kSettle);
  CHECK(deliveries_of(step) == std::vector<std::int64_t>{1});
}

TEST_CASE("mails that end while others are being settled are settled next, together, by one sender", "[mail_schedule]") {
  auto schedule = sending_schedule(4);
  for (const int id : {1, 2}) schedule.sent(mail_of(id), said(MailVerdict::kTaken), kStart);
  CHECK(deliveries_of(schedule.next(kStart)) == std::vector<std::int64_t>{1, 2});
  schedule.sent(mail_of(3), said(MailVerdict::kTaken), kStart);
  schedule.rehearsed(mail_of(4), kStart);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
  schedule.settled({}, Unsettled::kHeld, kStart);
  CHECK(deliveries_of(schedule.next(kStart)) == std::vector<std::int64_t>{3, 4});
}

TEST_CASE("no more mails are under way or unrecorded than there are senders: at most that many may go out twice",
          "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 40), Fill::kPartly, kStart);
  for (int i = 0; i < 4; ++i) REQUIRE(schedule.next(kStart).kind == Kind::kSend);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
  schedule.sent(mail_of(1), said(MailVerdict::kTaken), kStart);
  const auto step = schedule.next(kStart);
  REQUIRE(step.kind == Kind::kSettle);
  CHECK(schedule.next(kStart).kind == Kind::kWait);
  SECTION("settled: the next may begin") {
    schedule.settled({}, Unsettled::kHeld, kStart);
    CHECK(schedule.next(kStart).kind == Kind::kSend);
  }
  SECTION("the store is away: it still counts") {
    schedule.settled(step.finished, Unsettled::kStoreFailed, kStart);
    CHECK(schedule.next(kStart).kind == Kind::kWait);
  }
  SECTION("its account is held: whoever holds it does not stop the others") {
    schedule.settled(step.finished, Unsettled::kHeld, kStart);
    CHECK(schedule.next(kStart).kind == Kind::kSend);
  }
}

TEST_CASE("mails that could not be settled are tried again one by one, less and less often, while their leases hold",
          "[mail_schedule]") {
  const auto why = GENERATE(Unsettled::kHeld, Unsettled::kStoreFailed);
  const auto longest = why == Unsettled::kHeld ? 1s : 10s;
  auto schedule = sending_schedule(2);
  for (const int id : {1, 2}) schedule.sent(mail_of(id), said(MailVerdict::kTaken), kStart);
  auto step = schedule.next(kStart);
  schedule.settled(step.finished, why, kStart);
  auto now = kStart;
  std::vector<std::int64_t> tried;
  auto rest = 0ms;
  for (step = schedule.next(now); now < kStart + 120s; step = schedule.next(now)) {
    if (step.kind == Kind::kSettle) {
      REQUIRE(step.finished.size() == 1);
      tried.push_back(deliveries_of(step)[0]);
      rest = step.finished[0].backoff;
      schedule.settled(step.finished, why, now);
    } else if (step.kind == Kind::kRound) {
      schedule.claimed({}, Fill::kPartly, now);
    } else {
      REQUIRE(step.kind == Kind::kWait);
      now = step.until;
    }
  }
  CHECK(tried.size() >= 10);
  CHECK(std::ranges::count(tried, 1) == std::ranges::count(tried, 2));
  CHECK(rest == longest);
  CHECK(schedule.next(now + 1h).kind == Kind::kPrune);  // nothing is left to settle
}

TEST_CASE("a mail whose account is held keeps no later one from being settled", "[mail_schedule]") {
  auto schedule = sending_schedule(2);
  schedule.sent(mail_of(1), said(MailVerdict::kTaken), kStart);
  schedule.settled(schedule.next(kStart).finished, Unsettled::kHeld, kStart);
  schedule.sent(mail_of(2), said(MailVerdict::kTaken), kStart + 1ms);
  CHECK(deliveries_of(schedule.next(kStart + 1ms)) == std::vector<std::int64_t>{2});
  schedule.settled({}, Unsettled::kHeld, kStart + 2ms);
  CHECK(schedule.next(kStart + 19ms).kind == Kind::kWait);
  CHECK(deliveries_of(schedule.next(kStart + 20ms)) == std::vector<std::int64_t>{1});
}

TEST_CASE("a stop waits for mails that are not settled yet: a while for a held account, not at all for a store that is away",
          "[mail_schedule][F22]") {
  auto schedule = sending_schedule(1);
  schedule.stop(kStart);
  schedule.sent(mail_of(1), said(MailVerdict::kTaken), kStart + 1s);
  auto now = kStart + 1s;
  auto step = schedule.next(now);
  REQUIRE(step.kind == Kind::kSettle);
  SECTION("settled") { schedule.settled({}, Unsettled::kHeld, now); }
  SECTION("the store is away") { schedule.settled(step.finished, Unsettled::kStoreFailed, now); }
  SECTION("the account is held") {
    for (; step.kind != Kind::kLeave && now < kStart + 10s; step = schedule.next(now)) {
      if (step.kind == Kind::kSettle) schedule.settled(step.finished, Unsettled::kHeld, now);
      if (step.kind == Kind::kWait) now = step.until;
    }
    CHECK(now >= kStart + 2s);
    CHECK(now <= kStart + 5s);
  }
  CHECK(schedule.next(now).kind == Kind::kLeave);
}

TEST_CASE("the next round is made while others send the last of the claimed mails", "[mail_schedule]") {
  auto schedule = new_schedule();
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 34), Fill::kFull, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
  CHECK(schedule.next(kStart).kind == Kind::kSend);  // 32 are left
  CHECK(schedule.next(kStart).kind == Kind::kRound);
  CHECK(schedule.next(kStart).kind == Kind::kSend);
  schedule.claimed(jobs_claimed_at(kStart, 64), Fill::kFull, kStart);
  CHECK(schedule.next(kStart).kind == Kind::kSend);  // no third round beside 95
}

TEST_CASE("while a relay is away nothing is decided or claimed, and one sender at a time probes it", "[mail_schedule]") {
  auto schedule = sending_schedule(2);
  const auto away = [&] { return end_mail(schedule, said(MailVerdict::kRelayAway), kStart); };
  CHECK(is_told(away(), RelayState::kUnreachable));
  CHECK(away().verdict == MailVerdict::kRelayAway);
  auto step = schedule.next(kStart + 4s);
  REQUIRE(step.kind == Kind::kWait);
  CHECK(step.until == kStart + 5s);
  REQUIRE(schedule.next(kStart + 5s).kind == Kind::kProbe);
  CHECK(schedule.next(kStart + 6s).kind == Kind::kWait);
  SECTION("it serves again: full speed") {
    const auto news = schedule.probed(RelayRank::kPrimary, {MailVerdict::kTaken, 250, "", RelayStanding::kServes}, kStart + 6s);
    REQUIRE(news);
    CHECK(news->to == RelayState::kReachable);
    step = schedule.next(kStart + 6s);
    CHECK(step.kind == Kind::kRound);
    CHECK(step.most == 64);
  }
  SECTION("still away: probed again after ten seconds") {
    CHECK_FALSE(schedule.probed(RelayRank::kPrimary, {MailVerdict::kTryLater, 0, "", RelayStanding::kAway}, kStart + 6s));
    CHECK(schedule.next(kStart + 15s).kind == Kind::kWait);
    CHECK(schedule.next(kStart + 16s).kind == Kind::kProbe);
  }
  SECTION("a stop does not wait for a probe") {
    schedule.probed(RelayRank::kPrimary, {MailVerdict::kTryLater, 0, "", RelayStanding::kAway}, kStart + 6s);
    schedule.stop(kStart + 6s);
    CHECK(schedule.next(kStart + 1h).kind != Kind::kProbe);
  }
}

TEST_CASE("mails that were claimed before the relay went away go over the fallback, until a probe finds the relay again",
          "[mail_schedule]") {
  MailSchedule schedule({.relays = 2}, kStart, 1);
  schedule.next(kStart);
  schedule.claimed(jobs_claimed_at(kStart, 5), Fill::kPartly, kStart);
  CHECK(schedule.next(kStart).relay == RelayRank::kPrimary);
  end_mail(schedule, said(MailVerdict::kRelayAway), kStart);
  CHECK(schedule.next(kStart).relay == RelayRank::kFallback);
  const auto probe = schedule.next(kStart + 5s);
  REQUIRE(probe.kind == Kind::kProbe);
  CHECK(probe.relay == RelayRank::kPrimary);
  REQUIRE(schedule.next(kStart + 5s).kind == Kind::kRound);  // beside the probe
  schedule.claimed({}, Fill::kPartly, kStart + 5s);
  CHECK(schedule.next(kStart + 5s).relay == RelayRank::kFallback);
  schedule.probed(RelayRank::kPrimary, {MailVerdict::kTaken, 250, "", RelayStanding::kServes}, kStart + 5s);
  const auto next = schedule.next(kStart + 5s);
  CHECK(next.kind == Kind::kSend);
  CHECK(next.relay == RelayRank::kPrimary);
}

TEST_CASE("the alarm rings once the relay has been away for half a minute, though no mail waits for a sender",
          "[mail_schedule]") {
  auto schedule = sending_schedule(1);
  end_mail(schedule, said(MailVerdict::kRelayAway), kStart);
  auto rang_at = SteadyTime::max();
  for (auto now = kStart; now < kStart + 1min && rang_at == SteadyTime::max();) {
    const auto step = schedule.next(now);
    if (step.kind == Kind::kRing) rang_at = now;
    if (step.kind == Kind::kProbe) schedule.probed(step.relay, {MailVerdict::kTryLater, 0, "", RelayStanding::kAway}, now);
    if (step.kind == Kind::kWait) now = step.until;
  }
  CHECK(rang_at == kStart + 30s);
}
