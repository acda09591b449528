#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("L17: a flood for unknown addresses does not stand in the way of a mail", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.database.execute(
      "INSERT INTO reset_requests (request_id, email, state, client_ip, user_agent, country, accept_language) "
      "SELECT 'flood ' || n, 'u' || n || '@example.com', 'queued', '', '', '', '' FROM generate_series(1, 2500) n");
  world.forget("ada");
  std::size_t claims = 0;
  std::size_t mails = 0;
  while (world.queue.until_next(std::chrono::seconds(1)) == std::chrono::milliseconds(0) && claims < 10) {
    mails += world.claim().size();
    ++claims;
  }
  CHECK(claims <= 3);
  CHECK(mails == 1);
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == 2500);
  world.let_pass("2 days");
  while (world.queue.prune(std::chrono::hours(24)) == kPrunePiece) continue;
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == 0);
}

TEST_CASE("a flood for one account is ended piece by piece, mails once, and stands in nobody's way", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("grace");
  world.database.execute(
      "INSERT INTO reset_requests (request_id, email, state, client_ip, user_agent, country, accept_language) "
      "SELECT 'flood ' || n, 'ada@example.com', 'queued', '', '', '', '' FROM generate_series(1, 5000) n");
  world.forget("grace");
  const auto ended = [&] { return world.count("reset_requests WHERE ended_at IS NOT NULL"); };
  std::vector<std::string> mailed;
  std::size_t claims = 0;
  std::int64_t most_at_once = 0;
  while (world.queue.until_next(std::chrono::seconds(1)) == std::chrono::milliseconds(0) && claims < 10) {
    const auto before = ended();
    for (const auto& job : world.claim()) mailed.push_back(job.user.username + " " + job.request.request_id.substr(0, 10));
    most_at_once = std::max(most_at_once, ended() - before);
    ++claims;
  }
  CHECK(claims <= 6);
  CHECK(most_at_once < 1100);
  REQUIRE(mailed.size() == 2);
  CHECK(mailed[0] == "ada flood 5000");
  CHECK(mailed[1].starts_with("grace "));
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 4999);
}

TEST_CASE("the worker is told when the next row is due, and no later than it asked", "[queue_store]") {
  StoreWorld world;
  const std::chrono::milliseconds limit(30000);
  CHECK(world.queue.until_next(limit) == limit);
  world.add_user("ada");
  world.forget("ada");
  CHECK(world.queue.until_next(limit) == std::chrono::milliseconds(0));
  settle(world, claim_one(world), Settlement::kTryLater);
  const auto wait = world.queue.until_next(limit);
  CHECK(wait > std::chrono::seconds(10));
  CHECK(wait <= std::chrono::milliseconds(16500));
}

TEST_CASE("ended rows go after their time, mails that count for the hour not before", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  send_one(world, "ada");
  world.forget("nobody");
  world.claim();
  world.forget("ada");  // waits, and is not to go
  world.let_pass("59 minutes");
  CHECK(world.queue.prune(std::chrono::minutes(1)) == 1);
  CHECK(world.states() == "sent queued");
  world.let_pass("2 minutes");
  CHECK(world.queue.prune(std::chrono::minutes(1)) == 1);
  CHECK(world.states() == "queued");
}

TEST_CASE("dead tokens, sessions and ended notices are pruned; live ones stay", "[queue_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(1), std::chrono::seconds(60)}, request());
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(2), std::chrono::hours(3)}, request());
  world.mail_link("ada");
  world.let_pass("61 minutes");
  CHECK(world.queue.prune(std::chrono::hours(24)) == 2);
  CHECK(world.count("sessions") == 1);
  CHECK(world.count("reset_tokens") == 0);
}

TEST_CASE("pruning goes piece by piece, whatever kinds of rows there are: a stop waits for one piece at most", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.database.execute(
      "INSERT INTO reset_requests (request_id, email, state, ended_at, client_ip, user_agent, country, accept_language) "
      "SELECT 'old ' || n, 'ada@example.com', 'no_account', now() - interval '2 days', '', '', '', '' "
      "FROM generate_series(1, 1600) n");
  world.database.execute(
      "INSERT INTO audit_log (at, event, request_id, client_ip) "
      "SELECT now() - interval '91 days', 'old', '', '' FROM generate_series(1, 700)");
  std::vector<std::size_t> pieces;
  while (pieces.size() < 5 && (pieces.empty() || pieces.back() == kPrunePiece))
    pieces.push_back(world.queue.prune(std::chrono::hours(24)));
  CHECK(pieces == std::vector<std::size_t>{1000, 1000, 300});
  CHECK(world.count("reset_requests") == 0);
  CHECK(world.count("audit_log WHERE event = 'old'") == 0);
}

TEST_CASE("the operator sees each request's state and no whole address", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  send_one(world, "ada");
  const auto list = world.queue.list_requests(10);
  REQUIRE(list.size() == 1);
  CHECK(list[0].masked_email == "a***@example.com");
  CHECK(list[0].state == "sent");
  CHECK(list[0].attempts == 1);
  CHECK(list[0].smtp_code == 250);
}

TEST_CASE("a notice is claimed once a lease, tried again later, and ends", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto claim_notice = [&] { return world.queue.claim_notices(kLease, 10); };
  const auto first = claim_notice();
  REQUIRE(first.size() == 1);
  CHECK(claim_notice().empty());
  world.let_pass("61 seconds");
  const auto second = claim_notice();
  REQUIRE(second.size() == 1);
  CHECK(second[0].message_key == first[0].message_key);
  world.queue.settle_notice(first[0].lease, Settlement::kSent, 250);
  CHECK(world.count("hook_deliveries WHERE state = 'sending'") == 1);
  world.queue.settle_notice(second[0].lease, Settlement::kTryLater, 451);
  CHECK(world.count("hook_deliveries WHERE state = 'queued' AND due_at > now()") == 1);
  world.let_pass("3 minutes");
  const auto third = claim_notice();
  REQUIRE(third.size() == 1);
  world.queue.settle_notice(third[0].lease, Settlement::kSent, 250);
  CHECK(world.count("hook_deliveries WHERE state = 'sent'") == 1);
}

TEST_CASE("F22: a notice that was cut off is due at once, under the same Message-ID", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto cut = world.queue.claim_notices(kLease, 10);
  REQUIRE(cut.size() == 1);
  world.queue.settle_notice(cut[0].lease, Settlement::kCutOff, 354);
  const auto again = world.queue.claim_notices(kLease, 10);
  REQUIRE(again.size() == 1);
  CHECK(again[0].message_key == cut[0].message_key);
}

TEST_CASE("a notice a day old is given up", "[queue_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto notices = world.queue.claim_notices(kLease, 10);
  world.let_pass("1 day");
  world.queue.settle_notice(notices.at(0).lease, Settlement::kTryLater, 451);
  CHECK(world.count("hook_deliveries WHERE state = 'expired_undelivered'") == 1);
}
