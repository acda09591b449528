#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

TEST_CASE("L17: a flood for unknown addresses does not block a mail", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.flood("'u' || n || '@example.com'", 2500);
  world.forget("ada");
  std::size_t claims = 0;
  std::vector<std::size_t> mailed_by;
  while (!world.is_idle() && claims < 10) {
    ++claims;
    if (!world.claim().empty()) mailed_by.push_back(claims);
  }
  CHECK(world.is_idle());
  REQUIRE(mailed_by.size() == 1);
  CHECK(mailed_by[0] <= 4);  // a thousand end in each round, and it looks at 128
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == 2500);
  world.let_pass("2 days");
  while (world.outbox.prune({std::chrono::hours(24)}) == kPrunePiece) continue;
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == 0);
}

TEST_CASE("a flood for one account ends piece by piece, causes one mail, and blocks no other", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("grace");
  world.flood("'ada@example.com'", 5000);
  world.forget("grace");
  const auto ended = [&] { return world.count("reset_requests WHERE ended_at IS NOT NULL"); };
  std::vector<std::string> mailed;
  std::size_t claims = 0;
  std::int64_t most_at_once = 0;
  while (!world.is_idle() && claims < 10) {
    const auto before = ended();
    for (const auto& job : world.claim())
      mailed.push_back(job.user->email.substr(0, job.user->email.find('@')) + " " + std::to_string(request_of(world, job)));
    most_at_once = std::max(most_at_once, ended() - before);
    ++claims;
  }
  CHECK(claims <= 6);
  CHECK(most_at_once < 1100);
  REQUIRE(mailed.size() == 2);
  CHECK(mailed[0] == "ada 5000");
  CHECK(mailed[1].starts_with("grace "));
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 4999);
}

TEST_CASE("of a flood for many accounts a round ends one piece in all, not one for each account", "[outbox]") {
  StoreWorld world;
  for (const char* name : {"ada", "bob", "cyd", "dan"}) world.add_user(name);
  world.flood("(ARRAY['ada', 'bob', 'cyd', 'dan'])[n % 4 + 1] || '@example.com'", 6000);
  const auto ended = [&] { return world.count("reset_requests WHERE ended_at IS NOT NULL"); };
  std::size_t mails = 0;
  for (int round = 0; round < 10 && !world.is_idle(); ++round) {
    const auto before = ended();
    mails += world.claim().size();
    CHECK(ended() - before < 1100);
  }
  CHECK(mails == 4);
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 5996);
}

TEST_CASE("ended rows are deleted after their time, those that count for the limit after an hour at the earliest", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  send_one(world, "ada");
  world.forget("nobody");
  world.claim();
  world.forget("ada");  // waits, and must stay
  world.let_pass("59 minutes");
  CHECK(world.outbox.prune({std::chrono::minutes(1)}) == 2);
  CHECK(world.states() == "queued");
  CHECK(world.count("delivery_attempts WHERE outcome = 'taken'") == 1);
  world.let_pass("2 minutes");
  CHECK(world.outbox.prune({std::chrono::minutes(1)}) == 2);
  CHECK(world.count("delivery_attempts") == 0);
  CHECK(world.states() == "queued");
}

TEST_CASE("dead tokens, sessions and ended notices are pruned; live ones stay", "[outbox]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(1), std::chrono::seconds(60)}, request());
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(2), std::chrono::hours(3)}, request());
  world.mail_link("ada");
  world.let_pass("61 minutes");
  CHECK(world.outbox.prune({std::chrono::hours(24)}) == 2);
  CHECK(world.count("sessions") == 1);
  CHECK(world.count("reset_tokens") == 0);
}

TEST_CASE("ended sessions are kept for as long as the operator wants, and for ten minutes at least", "[outbox]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(1), std::chrono::seconds(60)}, request());
  world.let_pass("10 minutes");
  CHECK(world.outbox.prune({.sessions = std::chrono::minutes(1)}) == 0);
  world.let_pass("2 minutes");
  CHECK(world.outbox.prune({.sessions = std::chrono::hours(1)}) == 0);
  CHECK(world.outbox.prune({.sessions = std::chrono::minutes(1)}) == 1);
}

TEST_CASE("pruning goes piece by piece over all kinds of rows: a stop waits for one piece at most", "[outbox]") {
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
    pieces.push_back(world.outbox.prune({std::chrono::hours(24)}));
  CHECK(pieces == std::vector<std::size_t>{1000, 1000, 300});
  CHECK(world.count("reset_requests") == 0);
  CHECK(world.count("audit_log WHERE event = 'old'") == 0);
}

TEST_CASE("a notice is claimed once per lease, tried again later, and ends", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto claim_notice = [&] { return world.claim_notices(); };
  const auto first = claim_notice();
  REQUIRE(first.size() == 1);
  CHECK(claim_notice().empty());
  world.let_pass("61 seconds");
  const auto second = claim_notice();
  REQUIRE(second.size() == 1);
  CHECK(second[0].message_key == first[0].message_key);
  world.settle(first[0].lease, MailVerdict::kTaken, 250);
  CHECK(world.count("deliveries WHERE kind = 'password_changed' AND state = 'sending'") == 1);
  world.settle(second[0].lease, MailVerdict::kTryLater, 451);
  CHECK(world.count("deliveries WHERE state = 'queued' AND due_at > now()") == 1);
  world.let_pass("3 minutes");
  const auto third = claim_notice();
  REQUIRE(third.size() == 1);
  world.settle(third[0].lease, MailVerdict::kTaken, 250);
  CHECK(world.count("deliveries WHERE kind = 'password_changed' AND state = 'sent'") == 1);
}

TEST_CASE("F22: a notice that was cut off is due at once, under the same Message-ID", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto cut = world.claim_notices();
  REQUIRE(cut.size() == 1);
  world.settle(cut[0].lease, MailVerdict::kCutOff, 354);
  const auto again = world.claim_notices();
  REQUIRE(again.size() == 1);
  CHECK(again[0].message_key == cut[0].message_key);
}

TEST_CASE("a notice that is a day old is given up", "[outbox]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.consume_reset_token(world.mail_link("ada"), {"new"}, request());
  const auto notices = world.claim_notices();
  REQUIRE(notices.size() == 1);
  world.let_pass("1 day");
  world.settle(notices.at(0).lease, MailVerdict::kTryLater, 451);
  CHECK(world.count("deliveries WHERE state = 'expired_undelivered'") == 1);
}
