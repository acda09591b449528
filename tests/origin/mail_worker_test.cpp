#include "origin/mail/mail_worker.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <latch>
#include <numeric>
#include <stdexcept>

#include "tests/origin/mail_fakes.h"
#include "tests/origin/mail_queue.h"
#include "tests/origin/mail_world.h"

using namespace rekey;
using namespace rekey::test;
using namespace std::chrono_literals;

TEST_CASE("A6: the hook gets the user, a token that verifies as a reset token, and the request", "[mail_worker][A6]") {
  WorkerWorld world;
  const auto id = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  const auto row = world.queue.row(id);
  CHECK(row.state == "sent");
  REQUIRE(world.calls.size() == 1);
  const auto call = world.calls[0];
  CHECK(call.user.email == "ada@example.com");
  CHECK(call.delivery_id == "reset-1");
  CHECK(call.request.request_id == "request-1");
  CHECK(call.request.user_agent == "Test/1.0");
  const auto verified = verify_token(world.keys, TokenPurpose::kReset, call.token, row.plan->expires_at - 1);
  REQUIRE(verified);
  CHECK(verified->hash == row.hash);
}

TEST_CASE("A7: the hook for a changed password gets the user and the request", "[mail_worker][A7]") {
  WorkerWorld world;
  const auto id = world.queue.add_notice();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  REQUIRE(world.calls.size() == 1);
  const auto call = world.calls[0];
  CHECK(call.user.id == "id of ada@example.com");
  CHECK(call.user.username == "ada");
  CHECK(call.user.email == "ada@example.com");
  CHECK(call.request.request_id == "request-1");
  CHECK(call.request.client_ip == "192.0.2.7");
  CHECK(call.request.country == "DE");
  CHECK(call.delivery_id == "notice-1");
  CHECK(call.token.empty());
  CHECK(world.queue.row(id).state == "sent");
}

TEST_CASE("a rehearsal is handed to the hook with an invented user and settled, and no mail is sent or counted",
          "[mail_worker]") {
  WorkerWorld world;
  const auto id = world.queue.add_rehearsal();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  world.worker->stop();
  CHECK(world.calls.empty());
  REQUIRE(world.rehearsals.size() == 1);
  CHECK(world.rehearsals[0].request.request_id == "request-1");
  CHECK(world.rehearsals[0].user.email == "invented@user.invalid");
  CHECK(world.queue.row(id).settlements == std::vector<std::string>{"rehearsed"});
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kUnknownAddress) == 1);
  CHECK(world.metrics.observed(Timing::kMail).empty());
  CHECK(world.events.lines(Event::kMailTaken).empty());
}

TEST_CASE("a request is counted by the state in which it ends, and a mail that came too late is logged as dead",
          "[mail_worker]") {
  WorkerWorld world;
  world.queue.end_at_next_claim({7, DeliveryKind::kReset, MailEnd::kLate, "request-7"});
  world.queue.end_at_next_claim({8, DeliveryKind::kReset, MailEnd::kLinkEnded, "request-8"});
  world.queue.end_at_next_claim({9, DeliveryKind::kPasswordChanged, MailEnd::kAccountGone, "request-9"});
  const auto id = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  world.worker->stop();
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kLate) == 1);
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kLinkEnded) == 1);
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kAccountGone) == 0);  // a notice is no request
  CHECK(world.metrics.counted(Ended::kNotice, MailEnd::kAccountGone) == 1);
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kTaken) == 1);
  CHECK(world.events.lines(Event::kMailDead) ==
        std::vector<std::string>{"request-7 kind=reset delivery=7 reason=too late cause=late"});
}

TEST_CASE("each verdict settles the row as it must", "[mail_worker][M13][M14][M02]") {
  struct Row {
    MailVerdict verdict;
    const char* word;
    const char* state;
  };
  const auto row =
      GENERATE(Row{MailVerdict::kTaken, "taken", "sent"}, Row{MailVerdict::kTryLater, "try_later", "queued"},
               Row{MailVerdict::kRefused, "refused", "rejected"}, Row{MailVerdict::kPoisoned, "poisoned", "rejected"},
               Row{MailVerdict::kUnknown, "unknown", "queued"}, Row{MailVerdict::kCutOff, "cut_off", "queued"},
               Row{MailVerdict::kWantsLogIn, "wants_log_in", "queued"},
               Row{MailVerdict::kRelayRefuses, "relay_refuses", "queued"}, Row{MailVerdict::kRelayAway, "relay_away", "queued"});
  WorkerWorld world;
  world.outcome = {row.verdict, 999, "x"};
  const auto id = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  world.worker->stop();
  CHECK(world.queue.row(id).settlements.front() == row.word);
  CHECK(world.queue.row(id).state == row.state);
  CHECK(world.queue.row(id).smtp_code == 999);
  CHECK(world.metrics.counted(Counter::kMails, row.word) == 1);
  CHECK(world.metrics.counted(Counter::kAlarms, "poisoned_mail") == (row.verdict == MailVerdict::kPoisoned ? 1 : 0));
}

TEST_CASE("if a hook throws, the row is tried later and the exception's text is logged nowhere", "[mail_worker]") {
  WorkerWorld world;
  world.before_return = [] { throw std::runtime_error("ada@example.com has no mail box"); };
  const auto id = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(id).settlements.front() == "try_later");
  CHECK(world.events.lines(Event::kHookFailed).size() == 1);
  CHECK(world.events.everything().find("mail box") == std::string::npos);
}

TEST_CASE("a row whose token key was removed is rejected without a mail", "[mail_worker]") {
  WorkerWorld world;
  const auto id = world.queue.add_reset();
  world.claim_and_die(7);
  world.clock.pass(world.settings.pace.lease);
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(id).state == "rejected");
  CHECK(world.calls.empty());
}

TEST_CASE("M16 F02: a row whose worker died is sent after its lease, with the same token and the same Message-ID",
          "[mail_worker][M16][F02]") {
  WorkerWorld world;
  const auto id = world.queue.add_reset();
  const auto lost = world.claim_and_die(world.keys.signing_key().id);
  const auto lost_token = world.tokens.token_of(lost.token, lost.key_id);
  REQUIRE(lost_token);
  world.start(1);
  world.queue.wait_for_claims(1);
  CHECK(world.queue.row(id).settlements.empty());
  world.clock.pass(world.settings.pace.lease);
  world.queue.wait_for_settlements(id, 1);
  REQUIRE(world.calls.size() == 1);
  CHECK(world.calls[0].token == lost_token->reveal());
  CHECK(world.calls[0].delivery_id == lost.message_key);
}

TEST_CASE("M17: a hook that hangs delays no other row", "[mail_worker][M17]") {
  WorkerWorld world;
  std::latch hangs(1);
  const auto slow = world.queue.add_reset("slow@example.com");
  std::vector<std::int64_t> others(20);
  for (auto& id : others) id = world.queue.add_reset();
  world.before_send = [&](const std::string& email) {
    if (email == "slow@example.com") hangs.wait();
  };
  world.start(2);
  for (const auto id : others) world.queue.wait_for_settlements(id, 1);
  CHECK(world.queue.row(slow).settlements.empty());
  hangs.count_down();
  world.queue.wait_for_settlements(slow, 1);
  CHECK(world.queue.row(slow).state == "sent");
}

TEST_CASE("M19: a relay that refuses us is tried once a minute, and the alarm rings at once, then every ten minutes",
          "[mail_worker][M19]") {
  WorkerWorld world;
  world.outcome = {MailVerdict::kRelayRefuses, 535, "x"};
  const auto id = world.queue.add_reset();
  const auto other = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(id, 1);
  world.queue.wait_for_settlements(other, 1);  // given back untried
  CHECK(world.calls.size() == 1);
  world.drive_until([&] { return world.metrics.counted(Counter::kAlarms, "relay") == 1; }, 0ms);
  CHECK(world.events.lines(Event::kRelayDown) ==
        std::vector<std::string>{" relay=primary state=refusing mails=wait smtp_code=535 reason=x"});

  world.clock.pass(60s);
  world.queue.wait_for_settlements(other, 2);  // it is second in line
  CHECK(world.calls.size() == 2);
  CHECK(world.metrics.counted(Counter::kAlarms, "relay") == 1);
  world.drive_until([&] { return world.metrics.counted(Counter::kAlarms, "relay") == 2; });

  world.set_outcome({MailVerdict::kTaken, 250, "taken"});
  world.clock.pass(60s);
  world.drive_until([&] { return world.queue.row(id).state == "sent" && world.queue.row(other).state == "sent"; });
  CHECK(world.queue.row(id).state == "sent");
  CHECK(world.queue.row(other).state == "sent");
}

TEST_CASE("M19: a relay that demands a log-in for some mails pauses nobody, and raises one alarm a minute",
          "[mail_worker][M19]") {
  WorkerWorld world;
  world.before_send = [&](const std::string& email) {
    world.set_outcome(email == "odd@example.com" ? MailOutcome{MailVerdict::kWantsLogIn, 530, "x"}
                                                 : MailOutcome{MailVerdict::kTaken, 250, "taken"});
  };
  const std::vector odd = {world.queue.add_reset("odd@example.com"), world.queue.add_notice("odd@example.com")};
  const auto other = world.queue.add_reset();
  world.start(1);
  for (const auto id : {odd[0], odd[1], other}) world.queue.wait_for_settlements(id, 1);
  for (const auto id : odd) CHECK(world.queue.row(id).settlements == std::vector<std::string>{"wants_log_in"});
  CHECK(world.queue.row(other).state == "sent");
  CHECK(world.metrics.counted(Counter::kAlarms, "relay") == 1);
  CHECK(world.events.lines(Event::kRelayWantsLogIn) == std::vector<std::string>{" relay=primary smtp_code=530 reason=x"});
}

TEST_CASE("M19: after a pause a notice that is refused again does not delay the resets", "[mail_worker][M19]") {
  WorkerWorld world;
  world.before_send = [&](const std::string& email) {
    world.set_outcome(email == "odd@example.com" ? MailOutcome{MailVerdict::kRelayRefuses, 554, "x"}
                                                 : MailOutcome{MailVerdict::kTaken, 250, "taken"});
  };
  const auto odd = world.queue.add_notice("odd@example.com");
  const auto other = world.queue.add_reset();
  world.start(1);
  world.queue.wait_for_settlements(odd, 1);
  world.queue.wait_for_settlements(other, 1);  // given back untried
  world.clock.pass(60s);
  world.queue.wait_for_settlements(other, 2);
  CHECK(world.queue.row(other).state == "sent");
}

TEST_CASE("a relay that is away costs no attempt, is told once, and the mails go out when it is back", "[mail_worker]") {
  WorkerWorld world;
  world.outcome = {MailVerdict::kRelayAway, 0, "no connection", RelayStanding::kAway};
  std::vector<std::int64_t> ids(20);
  for (auto& id : ids) id = world.queue.add_reset();
  world.start(4);
  for (const auto id : ids) world.queue.wait_for_settlements(id, 1);
  world.clock.pass(30s);
  world.drive_until([&] { return !world.events.lines(Event::kRelayDown).empty(); }, 0ms);
  world.drive_until([&] { return !world.events.lines(Event::kRelayChanged).empty(); }, 0ms);  // another sender tells it
  CHECK(world.metrics.counted(Counter::kAlarms, "relay") == 1);
  CHECK(world.events.lines(Event::kRelayDown) ==
        std::vector<std::string>{" relay=primary state=unreachable mails=wait smtp_code=0 reason=no connection"});
  CHECK(world.metrics.shown(Gauge::kRelay, "unreachable") == 1);
  CHECK(world.metrics.shown(Gauge::kRelay, "reachable") == 0);
  world.set_outcome({MailVerdict::kTaken, 250, "taken"});
  world.drive_until(
      [&] { return std::ranges::all_of(ids, [&](std::int64_t id) { return world.queue.row(id).state == "sent"; }); });
  world.worker->stop();
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kTaken) == 20);
  CHECK(world.metrics.shown(Gauge::kRelay, "reachable") == 1);
  const auto changes = world.events.lines(Event::kRelayChanged);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0] == " relay=primary from=reachable to=unreachable smtp_code=0 reason=no connection");
  CHECK(changes[1] == " relay=primary from=unreachable to=reachable smtp_code=250 reason=taken");
}

TEST_CASE("when the hour's mails are used up the alarm rings once, and again after there was room", "[mail_worker]") {
  WorkerWorld world;
  const auto rang = [&] { return world.metrics.counted(Counter::kAlarms, "mail_budget"); };
  world.settings.per_hour = 1000;
  world.queue.set_budget(Budget::kUsedUp);
  const auto id = world.queue.add_reset();
  world.start(2);
  world.drive_until([&] { return world.queue.claims() >= 5; });
  CHECK(rang() == 1);
  CHECK(world.events.lines(Event::kBudgetUsedUp) == std::vector<std::string>{" mails_an_hour=1000"});
  CHECK(world.calls.empty());
  world.queue.set_budget(Budget::kLeft);
  world.drive_until([&] { return world.queue.row(id).state == "sent"; });
  CHECK(world.events.lines(Event::kBudgetLeft).size() == 1);
  world.queue.set_budget(Budget::kUsedUp);
  world.drive_until([&] { return rang() == 2; });
  CHECK(world.metrics.shown(Gauge::kMailLimit, "") == 1000);
}

TEST_CASE("a sent mail is settled when the store is back, not sent again", "[mail_worker]") {
  WorkerWorld world;
  world.settings.pace.first_backoff = 1ms;
  world.queue.fail_settlements(3);
  const auto id = world.queue.add_reset();
  world.start(1);
  world.drive_until([&] { return world.queue.row(id).state == "sent"; }, 1ms);
  CHECK(world.calls.size() == 1);
  CHECK(world.metrics.counted(Counter::kUnavailable, "database") == 3);
}

TEST_CASE("each of many mails that end at once is settled once", "[mail_worker]") {
  WorkerWorld world;
  constexpr std::size_t kMails = 30;
  std::vector<std::int64_t> ids(kMails);
  for (auto& id : ids) id = world.queue.add_reset();
  world.start(4);
  for (const auto id : ids) world.queue.wait_for_settlements(id, 1);
  world.worker->stop();
  for (const auto id : ids) CHECK(world.queue.row(id).settlements == std::vector<std::string>{"taken"});
  const auto groups = world.queue.groups();
  CHECK(std::accumulate(groups.begin(), groups.end(), std::size_t{0}) == kMails);
  CHECK(std::ranges::max(groups) <= 4);
  CHECK(world.metrics.counted(Ended::kRequest, MailEnd::kTaken) == kMails);
}

TEST_CASE("a mail whose account is held is settled later, and holds up none that ended with it", "[mail_worker]") {
  WorkerWorld world;
  const auto held = world.queue.add_reset();
  const auto other = world.queue.add_notice();
  world.queue.hold(held);
  world.start(2);
  world.queue.wait_for_settlements(other, 1);
  CHECK(world.queue.row(held).settlements.empty());
  world.queue.let_go(held);
  world.drive_until([&] { return world.queue.row(held).state == "sent"; }, 1ms);
  CHECK(world.calls.size() == 2);
}

TEST_CASE("F22: a stop settles what has been sent, though its account is still held for a moment", "[mail_worker][F22]") {
  WorkerWorld world;
  const auto id = world.queue.add_reset();
  world.queue.hold(id);
  world.start(1);
  world.queue.wait_for_calls_to_settle(1);
  world.worker->begin_stop();
  world.queue.let_go(id);
  world.drive_until([&] { return world.queue.row(id).state == "sent"; }, 1ms);
  world.worker->stop();
  CHECK(world.calls.size() == 1);
}

TEST_CASE("when the store is back, the rows go out", "[mail_worker]") {
  WorkerWorld world;
  world.queue.fail_claims(1);
  const auto id = world.queue.add_reset();
  world.start(1);
  world.drive_until([&] { return world.queue.row(id).state == "sent"; });
  CHECK(world.metrics.counted(Counter::kUnavailable, "database") == 1);
}

TEST_CASE("F22: stopping finishes the mail under way and gives the others back", "[mail_worker][F22]") {
  WorkerWorld world;
  std::latch sending(1);
  std::latch hangs(1);
  world.before_send = [&](const std::string&) {
    sending.count_down();
    hangs.wait();
  };
  const auto first = world.queue.add_reset();
  const auto second = world.queue.add_reset();
  world.start(1);
  sending.wait();
  world.worker->begin_stop();
  hangs.count_down();
  world.worker->stop();
  CHECK(world.queue.row(first).state == "sent");
  CHECK(world.queue.row(second).state == "queued");
  CHECK(world.queue.row(second).settlements == std::vector<std::string>{"returned"});
  CHECK(world.calls.size() == 1);
}

TEST_CASE("no address, token or seed reaches the log", "[mail_worker][G01][G02]") {
  WorkerWorld world;
  world.queue.add_reset();
  const auto last = world.queue.add_notice("alan@example.com");
  world.start(1);
  world.queue.wait_for_settlements(1, 1);
  world.queue.wait_for_settlements(last, 1);
  world.worker->stop();
  const auto log = world.events.everything();
  CHECK(world.events.lines(Event::kMailTaken).size() == 2);
  CHECK(log.find('@') == std::string::npos);
  for (const auto& call : world.calls) {
    if (!call.token.empty()) CHECK(log.find(call.token) == std::string::npos);
  }
}

TEST_CASE("a worker can be stopped before its start, and twice", "[mail_worker]") {
  WorkerWorld world;
  world.start(0);
  world.worker->stop();
  world.worker->stop();
  CHECK(world.calls.empty());
}
