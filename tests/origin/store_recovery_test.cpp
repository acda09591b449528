#include <catch2/catch.hpp>
#include <thread>

#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

const PasswordHash kNew{"new hash"};

bool consume(StoreWorld& world, const TokenHash& token) { return world.recovery.consume_reset_token(token, kNew, request()); }

// A mailed token with the given times.
TokenHash issue(StoreWorld& world, const std::string& name, const std::string& created, const std::string& expires) {
  const TokenHash token = world.mail_link(name);
  world.database.execute("UPDATE reset_tokens SET created_at = now() + interval '" + created +
                         "', expires_at = now() + interval '" + expires + "'");
  return token;
}

}  // namespace

TEST_CASE("B8: a forgot request is one row, the same for known and unknown addresses", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  world.forget("nobody");
  CHECK(world.states() == "queued queued");
  CHECK(world.count("reset_requests WHERE due_at = requested_at AND queued_email = email") == 2);
}

TEST_CASE("a request that the edge marked ends at once as suppressed", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.recovery.insert_reset_request(email("ada@example.com"), ForgotMark::kSuppressed, request());
  CHECK(world.states() == "suppressed");
  CHECK(world.claim().empty());
}

TEST_CASE("a repeated request id changes nothing", "[recovery_store]") {
  StoreWorld world;
  const RequestInfo info = request();
  CHECK(world.recovery.insert_reset_request(email("ada@example.com"), ForgotMark::kNone, info) == Inserted::kYes);
  CHECK(world.recovery.insert_reset_request(email("other@example.com"), ForgotMark::kSuppressed, info) == Inserted::kNo);
  CHECK(world.states() == "queued");
  CHECK(world.count("reset_requests WHERE email = 'ada@example.com'") == 1);
}

TEST_CASE("B9: a live token sets the password once and ends every token and session of the account", "[recovery_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(1), std::chrono::seconds(60)}, request());
  REQUIRE(world.recovery.find_reset_token(token));
  CHECK(consume(world, token));
  CHECK_FALSE(consume(world, token));
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK(world.account("ada").password_hash == kNew);
  CHECK_FALSE(world.accounts.find_session(hash_number(1), std::nullopt));
  CHECK(world.count("reset_tokens") == 0);
  CHECK(world.count("audit_log WHERE event = 'password.reset'") == 1);
}

TEST_CASE("a session that is opened while a reset waits for the account ends with the others", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  PostgresConnection log_in(world.database.url_for_tests());
  log_in.begin();
  log_in.run_script(
      "SELECT rekey.lock_account(u.id) FROM rekey.account_by_address('ada@example.com') u; INSERT INTO sessions (token_hash, "
      "user_id, password_fingerprint, expires_at, request_id) "
      "SELECT sha256('opened'), id, password_fingerprint(password_hash), now() + interval '1 minute', 'r' FROM users");
  bool consumed = false;
  {
    const std::jthread reset([&] { consumed = consume(world, token); });
    while (world.count("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    log_in.commit();
  }
  CHECK(consumed);
  CHECK(world.count("sessions WHERE ended_at IS NOT NULL") == 1);
}

TEST_CASE("a new password of the same kind changes no indexed column: the account's indexes stay as they are",
          "[recovery_store][own]") {
  StoreWorld world(1);
  world.add_user("ada");
  world.database.execute("UPDATE users SET password_hash = '$argon2id$v=19$m=7168,t=1,p=1$old'");
  static constexpr SqlStatement kFlush{"test_flush", "SELECT pg_stat_force_next_flush()"};
  static constexpr SqlStatement kHot{"test_hot", "SELECT n_tup_hot_upd AS x FROM pg_stat_user_tables WHERE relname = 'users'"};
  REQUIRE(world.recovery.consume_reset_token(world.mail_link("ada"), {"$argon2id$v=19$m=7168,t=1,p=1$new"}, request()));
  world.pool.run(kFlush);
  CHECK(world.pool.run(kHot)[0].integer("x") == 1);
  CHECK(world.accounts.list_hash_beginnings(9) == std::vector<std::string>{"$argon2id$v=19$m=7168,t=1,p=1$"});
}

TEST_CASE("A7: a reset queues one notice for the account, with the reset's request", "[recovery_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  const RequestInfo info = request();
  world.recovery.consume_reset_token(world.mail_link("ada"), kNew, info);
  const auto notices = world.claim_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].by_reset);
  CHECK(notices[0].user->id == id);
  CHECK(notices[0].request.request_id == info.request_id);
  CHECK(notices[0].request.country == "DE");
}

TEST_CASE("T05: expiry is judged by the database's clock, to the second", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  SECTION("before") {
    const TokenHash token = issue(world, "ada", "-50 minutes", "30 seconds");
    CHECK(world.recovery.find_reset_token(token));
    CHECK(consume(world, token));
  }
  SECTION("exactly at it: now() of a later statement is not before it") {
    const TokenHash token = issue(world, "ada", "-60 minutes", "0 seconds");
    CHECK_FALSE(world.recovery.find_reset_token(token));
    CHECK_FALSE(consume(world, token));
  }
  SECTION("a second after") {
    const TokenHash token = issue(world, "ada", "-60 minutes", "-1 second");
    CHECK_FALSE(world.recovery.find_reset_token(token));
    CHECK_FALSE(consume(world, token));
  }
}

TEST_CASE("T07: no token and no session can be stored with a longer lifetime than allowed", "[recovery_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.mail_link("ada");
  const auto refused = [&](const std::string& sql) {
    try {
      world.database.execute(sql);
    } catch (const DatabaseFault& fault) {
      return fault.sqlstate();
    }
    return std::string("accepted");
  };
  CHECK(refused("UPDATE reset_tokens SET expires_at = created_at + interval '60 minutes'") == "accepted");
  CHECK(refused("UPDATE reset_tokens SET expires_at = created_at + interval '60 minutes 1 microsecond'") == "23514");
  CHECK(refused("INSERT INTO sessions (token_hash, user_id, password_fingerprint, expires_at, request_id) VALUES "
                "(sha256('a'), '" +
                id + "', sha256('b'), now() + interval '720 hours 1 second', 'r')") == "23514");
  CHECK(refused("UPDATE reset_tokens SET token_hash = 'short'") == "23514");
}

TEST_CASE("T08: the older link dies once the relay has taken a newer mail, not before", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash older = world.mail_link("ada");
  world.let_pass("61 seconds");
  world.rules.per_short = 100;
  world.rules.per_long = 100;
  world.forget("ada");
  const auto jobs = world.claim();
  REQUIRE(jobs.size() == 1);
  CHECK(world.recovery.find_reset_token(older));
  world.settle(jobs[0].lease, MailVerdict::kTaken, 250);
  CHECK_FALSE(world.recovery.find_reset_token(older));
  CHECK(world.count("reset_tokens") == 1);
}

TEST_CASE("T10, A8: the token dies when the password changes in any way, an operator's SQL included", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  world.database.execute("UPDATE users SET password_hash = 'set by hand'");
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK_FALSE(consume(world, token));
  CHECK(world.account("ada").password_hash.text == "set by hand");
}

TEST_CASE("a link dies when the account's address changes, so that the old mail box gives no access", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  world.database.execute("UPDATE users SET email = 'ada@new.example.com'");
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK_FALSE(consume(world, token));
  CHECK(world.recovery.was_issued(token));
}

TEST_CASE("T11, A3: the token of an inactive or deleted account is refused", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  SECTION("made inactive by SQL") { world.database.execute("UPDATE users SET is_active = false"); }
  SECTION("made inactive by the operator's command") { world.set_standing("ada", Standing::kInactive); }
  SECTION("deleted") { world.database.execute("DELETE FROM users"); }
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK_FALSE(consume(world, token));
}

TEST_CASE("T23: a used, replaced or cancelled token counts as issued; an unknown one does not", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  CHECK(world.recovery.was_issued(token));
  consume(world, token);
  CHECK(world.recovery.was_issued(token));
  CHECK_FALSE(world.recovery.was_issued(hash_number(5)));
}

TEST_CASE("cancelling needs the account's address beside the token", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.add_user("alan");
  const TokenHash token = world.mail_link("ada");
  world.recovery.cancel_reset_token(token, email("alan@example.com"), request());
  CHECK(world.recovery.find_reset_token(token));
  world.recovery.cancel_reset_token(hash_number(5), email("ada@example.com"), request());
  CHECK(world.recovery.find_reset_token(token));
  world.recovery.cancel_reset_token(token, email("ADA@example.com"), request());
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK(world.count("audit_log WHERE event = 'reset.cancelled'") == 1);
}

TEST_CASE("T19, B6: a copy of the database holds no seed of a mailed link, only a hash of 32 bytes", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.forget("ada");
  const auto jobs = world.claim();
  REQUIRE(jobs.size() == 1);
  const std::string seed = world.database.text("SELECT encode(seed, 'hex') AS x FROM deliveries");
  CHECK(world.database.dump().find(seed) != std::string::npos);  // while it is under way the search finds it
  world.settle(jobs[0].lease, MailVerdict::kTaken, 250);
  CHECK(world.database.dump().find(seed) == std::string::npos);
  CHECK(world.count("deliveries WHERE seed IS NOT NULL") == 0);
  CHECK(world.database.number("SELECT octet_length(token_hash) AS x FROM reset_tokens") == 32);
}

TEST_CASE("E08: a forgot request is one statement that reads no account", "[recovery_store]") {
  StoreWorld world;
  world.add_user("ada");
  world.database.execute("ALTER TABLE users RENAME TO out_of_reach");
  CHECK_NOTHROW(world.forget("ada"));
  CHECK(world.states() == "queued");
}
