// Repeated renewals, and calls replayed after their effect has ended.
#include <catch2/catch.hpp>

#include "tests/origin/account_files.h"
#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr std::chrono::seconds kHalfHour{1800};
const TokenHash kOld = hash_number(1);
const TokenHash kNew = hash_number(2);
const TokenHash kOther = hash_number(3);

struct SessionWorld : StoreWorld {
  const std::string id = add_user("ada");
  const RequestInfo log_in_request = request();

  bool open(const TokenHash& token) {
    return accounts.open_session(id, account("ada").password_hash, std::nullopt, {token, kHalfHour}, log_in_request);
  }
  bool renews(const TokenHash& token, const TokenHash& into) {
    const auto found = accounts.find_session(token, NewSession{into, kHalfHour});
    return found && found->renewed;
  }
  bool lives(const TokenHash& token) { return accounts.find_session(token, std::nullopt).has_value(); }
  bool change(const std::string& from, const std::string& to, const TokenHash& kept, const RequestInfo& info) {
    return accounts.change_password(id, {from}, {to}, kept, info);
  }
  std::int64_t live_rows() { return count("sessions WHERE ended_at IS NULL AND expires_at > now()"); }
};

}  // namespace

TEST_CASE("a renewal repeated with the same token succeeds again, and changes nothing", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("25 minutes");
  CHECK(world.renews(kOld, kNew));
  const std::string before =
      world.database.text("SELECT string_agg(expires_at::text, ' ' ORDER BY token_hash) AS x FROM sessions");
  CHECK(world.renews(kOld, kNew));
  CHECK(world.database.text("SELECT string_agg(expires_at::text, ' ' ORDER BY token_hash) AS x FROM sessions") == before);
  world.let_pass("60 seconds");
  CHECK(world.lives(kNew));
}

TEST_CASE("in its last minute a session may be renewed into a second one; its end does not move", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("25 minutes");
  CHECK(world.renews(kOld, kNew));
  world.let_pass("59 seconds");
  CHECK(world.renews(kOld, kOther));
  world.let_pass("1 second");
  CHECK_FALSE(world.lives(kOld));
  CHECK_FALSE(world.renews(kOld, hash_number(4)));
  CHECK(world.lives(kNew));
  CHECK(world.lives(kOther));
  CHECK(world.count("sessions GROUP BY chain_id") == 3);
}

TEST_CASE("T25: a session that is used more than a minute after its renewal ends its chain, and its owner gets one mail",
          "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("1 minute");
  REQUIRE(world.renews(kOld, kNew));
  world.let_pass("59 seconds");
  CHECK_FALSE(world.accounts.end_reused_session(kOld, request()));
  world.let_pass("2 seconds");
  const auto use = request();
  CHECK(world.accounts.end_reused_session(kOld, use) == world.id);
  CHECK_FALSE(world.lives(kNew));
  CHECK_FALSE(world.accounts.end_reused_session(kOld, request()));
  const auto notices = world.claim(DeliveryKind::kSessionReused);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].user->id == world.id);
  CHECK(notices[0].request.request_id == use.request_id);
  CHECK(world.count("audit_log WHERE event = 'session.reused'") == 1);
}

TEST_CASE("T25: another log-in of the account lives on", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.open(kOther);
  REQUIRE(world.renews(kOld, kNew));
  world.let_pass("61 seconds");
  CHECK(world.accounts.end_reused_session(kOld, request()));
  CHECK(world.lives(kOther));
}

TEST_CASE("T25: a session that ended otherwise, or whose chain is dead, or that is unknown, is no copy", "[session]") {
  SessionWorld world;
  CHECK_FALSE(world.accounts.end_reused_session(kOld, request()));
  world.open(kOld);
  REQUIRE(world.renews(kOld, kNew));
  world.let_pass("61 seconds");
  world.accounts.end_session(kNew, request());
  CHECK_FALSE(world.accounts.end_reused_session(kOld, request()));
  world.open(kOther);
  world.let_pass("31 minutes");
  CHECK_FALSE(world.accounts.end_reused_session(kOther, request()));
  CHECK(world.claim(DeliveryKind::kSessionReused).empty());
}

TEST_CASE("T25: a renewed session's row stays until its token would have expired", "[session]") {
  SessionWorld world;
  world.open(kOld);
  REQUIRE(world.renews(kOld, kNew));
  world.let_pass("29 minutes");
  REQUIRE(world.renews(kNew, kOther));
  CHECK(world.outbox.prune({.sessions = std::chrono::minutes(10)}) == 0);
  CHECK(world.accounts.end_reused_session(kOld, request()));
  world.let_pass("11 minutes");
  CHECK(world.outbox.prune({.sessions = std::chrono::minutes(10)}) == 3);
}

TEST_CASE("an owner's list has each log-in once, with its device, the own one first", "[session]") {
  SessionWorld world;
  world.open(kOther);
  world.let_pass("1 minute");
  world.open(kOld);
  world.let_pass("1 minute");
  REQUIRE(world.renews(kOld, kNew));
  world.accounts.open_session(world.add_user("alan"), {"hash of alan"}, std::nullopt, {hash_number(9), kHalfHour}, request());
  const auto sessions = world.accounts.list_sessions(world.id, kOld, 20);
  REQUIRE(sessions.size() == 2);
  CHECK(sessions[0].is_own);
  CHECK(sessions[0].renewed_at.has_value());
  CHECK(sessions[0].expires_at > sessions[0].started_at + kHalfHour);
  CHECK(sessions[0].user_agent == world.log_in_request.user_agent);
  CHECK(sessions[0].country == world.log_in_request.country);
  CHECK_FALSE(sessions[1].is_own);
  CHECK_FALSE(sessions[1].renewed_at.has_value());
  CHECK(world.accounts.list_sessions(world.id, kOld, 1).size() == 1);
}

TEST_CASE("an owner ends one log-in, or all but the own one, and nobody else's", "[session]") {
  SessionWorld world;
  const std::string alan = world.add_user("alan");
  const TokenHash strange = hash_number(9);
  world.accounts.open_session(alan, {"hash of alan"}, std::nullopt, {strange, kHalfHour}, request());
  for (const TokenHash& token : {kOld, kNew, kOther}) world.open(token);
  const auto other = world.accounts.list_sessions(world.id, kOther, 20).front().id;
  CHECK(world.accounts.end_chosen_sessions(kOld, other, request()));
  CHECK_FALSE(world.lives(kOther));
  CHECK(world.lives(kNew));
  CHECK_FALSE(world.accounts.end_chosen_sessions(kOld, world.accounts.list_sessions(alan, strange, 20).front().id, request()));
  CHECK_FALSE(world.accounts.end_chosen_sessions(kOld, "no such id", request()));
  CHECK(world.accounts.end_chosen_sessions(kOld, "", request()));
  CHECK_FALSE(world.lives(kNew));
  CHECK(world.lives(kOld));
  CHECK(world.lives(strange));
  CHECK_FALSE(world.accounts.end_chosen_sessions(kNew, "", request()));
}

TEST_CASE("all sessions of a chain end together", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("25 minutes");
  world.renews(kOld, kNew);
  world.renews(kOld, kOther);
  world.accounts.end_session(kNew, request());
  for (const TokenHash& token : {kOld, kNew, kOther}) CHECK_FALSE(world.lives(token));
  CHECK_FALSE(world.renews(kOld, hash_number(4)));
  CHECK_FALSE(world.renews(kOld, kNew));
}

TEST_CASE("a session is renewed neither into itself nor into a session of another log-in", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.open(kOther);
  world.let_pass("25 minutes");
  CHECK_FALSE(world.renews(kOld, kOld));
  CHECK_FALSE(world.renews(kOld, kOther));
  CHECK(world.lives(kOld));
}

TEST_CASE("simultaneous renewals all succeed, into one session or into several", "[session][race]") {
  SessionWorld world;
  for (std::uint64_t round = 0; round < 50; ++round) {
    const TokenHash old = hash_number(1000 + 10 * round);
    world.accounts.open_session(world.id, {"hash of ada"}, std::nullopt, {old, std::chrono::seconds(600)}, request());
    std::array<bool, 4> renewed{};
    run_at_once(renewed.size(), [&](std::size_t i) { renewed[i] = world.renews(old, hash_number(1001 + 10 * round + i / 2)); });
    REQUIRE(renewed == std::array{true, true, true, true});
    REQUIRE(world.lives(hash_number(1001 + 10 * round)));
    REQUIRE(world.lives(hash_number(1002 + 10 * round)));
  }
}

TEST_CASE("a log-out by one session of a chain ends the whole chain, even beside a renewal of another session",
          "[session][race]") {
  SessionWorld world;
  for (std::uint64_t round = 0; round < 100; ++round) {
    const TokenHash first = hash_number(10000 + 3 * round);
    const TokenHash second = hash_number(10001 + 3 * round);
    world.accounts.open_session(world.id, {"hash of ada"}, std::nullopt, {first, std::chrono::seconds(600)}, request());
    REQUIRE(world.renews(first, second));
    run_at_once(2, [&](std::size_t i) {
      if (i == 0) {
        world.accounts.end_session(second, request());
      } else {
        world.renews(first, hash_number(10002 + 3 * round));
      }
    });
    REQUIRE(world.live_rows() == 0);
  }
}

TEST_CASE("an account switched off during a renewal has no session when it is switched on again", "[session][race][own]") {
  SessionWorld world;
  for (std::uint64_t round = 0; round < 100; ++round) {
    const TokenHash old = hash_number(20000 + 2 * round);
    world.accounts.open_session(world.id, {"hash of ada"}, std::nullopt, {old, std::chrono::seconds(600)}, request());
    run_at_once(2, [&](std::size_t i) {
      if (i == 0) {
        world.set_standing("ada", Standing::kInactive);
      } else {
        world.renews(old, hash_number(20001 + 2 * round));
      }
    });
    world.set_standing("ada", Standing::kActive);
    REQUIRE(world.live_rows() == 0);
  }
}

TEST_CASE("a change of the password ends the parent and the siblings of the session that made it", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("25 minutes");
  REQUIRE(world.renews(kOld, kNew));
  REQUIRE(world.renews(kOld, kOther));
  REQUIRE(world.renews(kOther, hash_number(4)));
  REQUIRE(world.change("hash of ada", "new hash", kNew, request()));
  CHECK(world.lives(kNew));
  for (const TokenHash& token : {kOld, kOther, hash_number(4)}) CHECK_FALSE(world.lives(token));
  for (const TokenHash& token : {kOld, kOther, hash_number(4)}) CHECK_FALSE(world.renews(token, hash_number(5)));
  CHECK(world.live_rows() == 1);
}

TEST_CASE("B10: a change of the password by a session that is being renewed leaves what it was renewed into", "[session]") {
  SessionWorld world;
  world.open(kOld);
  REQUIRE(world.accounts.open_session(world.id, {"hash of ada"}, std::nullopt, {hash_number(5), kHalfHour}, request()));
  world.let_pass("20 minutes");
  REQUIRE(world.renews(kOld, kNew));
  REQUIRE(world.renews(kOld, kOther));
  world.let_pass("1 second");  // a session is renewed only into one that ends later
  REQUIRE(world.renews(kNew, hash_number(4)));
  REQUIRE(world.change("hash of ada", "new hash", kOld, request()));
  for (const TokenHash& token : {kOld, kNew, kOther, hash_number(4)}) CHECK(world.lives(token));
  CHECK_FALSE(world.lives(hash_number(5)));
  world.let_pass("60 seconds");
  for (const TokenHash& token : {kOld, kNew}) CHECK_FALSE(world.lives(token));
  CHECK(world.renews(hash_number(4), hash_number(6)));
  CHECK(world.accounts.end_reused_session(kOld, request()) == world.id);
  CHECK(world.live_rows() == 0);
}

TEST_CASE("a change of the password finds what its session was renewed into by index, among many sessions",
          "[session][plan][own]") {
  SessionWorld world;
  world.database.execute(
      "INSERT INTO sessions (token_hash, user_id, password_fingerprint, expires_at, request_id) SELECT sha256(n::text::bytea), "
      "gen_random_uuid()::text, sha256('x'), now() + interval '1 hour', 'r' FROM generate_series(1, 20000) AS n");
  world.open(kOld);
  world.let_pass("25 minutes");
  REQUIRE(world.renews(kOld, kNew));
  const auto scanned = [&] {
    world.pool.run(SqlStatement{"flush_statistics", "SELECT pg_stat_force_next_flush()"});
    return world.database.number("SELECT seq_tup_read AS x FROM pg_stat_user_tables WHERE relname = 'sessions'");
  };
  const auto before = scanned();
  REQUIRE(world.change("hash of ada", "new hash", kOld, request()));
  CHECK(scanned() == before);
  CHECK(world.lives(kNew));
}

TEST_CASE("after a lost answer to a renewal the old session can change the password, and be renewed within its minute",
          "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.let_pass("25 minutes");
  REQUIRE(world.renews(kOld, kNew));
  world.let_pass("30 seconds");
  REQUIRE(world.change("hash of ada", "new hash", kOld, request()));
  CHECK(world.renews(kOld, kNew));
  CHECK(world.renews(kOld, kOther));
  world.let_pass("30 seconds");
  CHECK_FALSE(world.lives(kOld));
  CHECK(world.lives(kOther));
}

TEST_CASE("when sessions are renewed during a change of the password, only the one that made it lives on, with its renewal",
          "[session][race]") {
  SessionWorld world;
  for (std::uint64_t round = 0; round < 100; ++round) {
    const auto number = [&](std::uint64_t i) { return hash_number(30000 + 4 * round + i); };
    const std::string old_hash = world.account("ada").password_hash.text;
    for (const std::uint64_t i : {0, 1}) {
      world.accounts.open_session(world.id, {old_hash}, std::nullopt, {number(i), std::chrono::seconds(600)}, request());
    }
    std::array<bool, 2> renewed{};
    run_at_once(3, [&](std::size_t i) {
      if (i == 2) {
        world.change(old_hash, "hash of round " + std::to_string(round), number(0), request());
      } else {
        renewed[i] = world.renews(number(i), number(2 + i));
      }
    });
    REQUIRE(world.lives(number(0)));
    REQUIRE_FALSE(world.lives(number(1)));
    REQUIRE_FALSE(world.lives(number(3)));
    // Whether the renewal came before the change or after it.
    REQUIRE(renewed[0]);
    REQUIRE(world.lives(number(2)));
    REQUIRE(world.live_rows() == 2);
    world.accounts.end_session(number(0), request());
    REQUIRE(world.live_rows() == 0);
  }
}

TEST_CASE("a thief who renews the stolen parent of a session while it changes the password has no session afterwards",
          "[session][race]") {
  SessionWorld world;
  for (std::uint64_t round = 0; round < 50; ++round) {
    const auto number = [&](std::uint64_t i) { return hash_number(40000 + 8 * round + i); };
    const std::string old_hash = world.account("ada").password_hash.text;
    const TokenHash parent = number(0);
    const TokenHash own = number(1);
    world.accounts.open_session(world.id, {old_hash}, std::nullopt, {parent, std::chrono::seconds(600)}, request());
    REQUIRE(world.renews(parent, own));
    run_at_once(5, [&](std::size_t i) {
      if (i == 0) {
        world.change(old_hash, "hash of round " + std::to_string(round), own, request());
      } else {
        world.renews(parent, number(1 + i));
      }
    });
    REQUIRE(world.lives(own));
    REQUIRE(world.live_rows() == 1);
    REQUIRE_FALSE(world.renews(parent, number(7)));
    world.accounts.end_session(own, request());
  }
}

TEST_CASE("a replayed log-in does not revive an ended session", "[session]") {
  SessionWorld world;
  world.open(kOld);
  SECTION("by a log-out") { world.accounts.end_session(kOld, request()); }
  SECTION("by a reset, even to the same password") {
    world.recovery.consume_reset_token(world.mail_link("ada"), {"hash of ada"}, request());
  }
  SECTION("by a change of the password made elsewhere") {
    world.open(kOther);
    world.change("hash of ada", "hash of ada", kOther, request());
  }
  SECTION("by the operator; another product's does not tell Rekey") {
    if (!accounts_under_test().empty()) return;
    world.set_standing("ada", Standing::kInactive);
    world.set_standing("ada", Standing::kActive);
  }
  CHECK_FALSE(world.lives(kOld));
  world.outbox.prune({std::chrono::hours(24)});
  world.open(kOld);
  CHECK_FALSE(world.lives(kOld));
  CHECK_FALSE(world.renews(kOld, kNew));
  CHECK_FALSE(world.lives(kNew));
}

TEST_CASE("an ended session is kept until its log-in's signature has expired, and then deleted", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.accounts.end_session(kOld, request());
  world.let_pass("9 minutes");
  CHECK(world.outbox.prune({std::chrono::hours(24)}) == 0);
  world.let_pass("2 minutes");
  CHECK(world.outbox.prune({std::chrono::hours(24)}) == 1);
  CHECK(world.count("sessions") == 0);
}

TEST_CASE("a replayed log-in is not recorded twice", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.open(kOld);
  CHECK(world.count("audit_log WHERE event = 'session.opened'") == 1);
}

TEST_CASE("a change of the password by an ended session leaves no session", "[session]") {
  SessionWorld world;
  world.open(kOld);
  world.open(kOther);
  world.accounts.end_session(kOld, request());
  CHECK(world.change("hash of ada", "new hash", kOld, request()));
  CHECK(world.live_rows() == 0);
}

TEST_CASE("a replayed change of the password does not undo a later one", "[session]") {
  SessionWorld world;
  world.open(kOld);
  const RequestInfo first = request();
  CHECK(world.change("hash of ada", "second hash", kOld, first));
  CHECK(world.change("second hash", "hash of ada", kOld, request()));
  CHECK_FALSE(world.change("hash of ada", "second hash", kOld, first));
  CHECK(world.accounts.has_changed_password(first));
  CHECK_FALSE(world.accounts.has_changed_password(request()));
  CHECK(world.account("ada").password_hash.text == "hash of ada");
  CHECK(world.lives(kOld));
}

TEST_CASE("a replayed registration does not revive a deleted account", "[session][own]") {
  StoreWorld world;
  const NewUser ada{Username::parse("ada").value(), email("ada@example.com"), {"h"}, ""};
  const RequestInfo info = request();
  REQUIRE(world.accounts.insert_user(ada, info));
  world.database.execute("DELETE FROM users");
  CHECK_FALSE(world.accounts.insert_user(ada, info));
  CHECK(world.count("users") == 0);
  CHECK(world.accounts.insert_user(ada, request()));
}

TEST_CASE("a replayed reset or cancellation changes nothing", "[session]") {
  SessionWorld world;
  const TokenHash token = world.mail_link("ada");
  const RequestInfo info = request();
  SECTION("reset") {
    CHECK_FALSE(world.recovery.find_reset(info));
    CHECK(world.recovery.consume_reset_token(token, {"reset"}, info));
    CHECK_FALSE(world.recovery.consume_reset_token(token, {"again"}, info));
    CHECK(world.recovery.find_reset(info) == "ada@example.com");
    CHECK_FALSE(world.recovery.find_reset(request()));
    CHECK_FALSE(world.accounts.has_changed_password(info));
    CHECK(world.account("ada").password_hash.text == "reset");
    world.database.execute("DELETE FROM users");
    CHECK(world.recovery.find_reset(info) == "");
  }
  SECTION("cancellation") {
    world.recovery.cancel_reset_token(token, email("ada@example.com"), info);
    world.recovery.cancel_reset_token(token, email("ada@example.com"), info);
    CHECK(world.count("audit_log WHERE event = 'reset.cancelled'") == 1);
  }
  CHECK_FALSE(world.recovery.find_reset_token(token));
  CHECK(world.recovery.was_issued(token));
}
