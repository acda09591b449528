// Repeated calls while no commit reaches the synchronous standby: none is answered from a row that this server alone may hold.
#include <catch2/catch.hpp>

#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// Gives up soon, for a commit that waits is cut.
PostgresPoolSettings impatient(const TestDatabase& database) {
  return {.database_url = database.url(),
          .timeouts = {.statement = std::chrono::milliseconds(100)},
          .answer_grace = std::chrono::milliseconds(100)};
}

// A server of its own, whose standby can go away.
struct StandbyWorld {
  TestCluster cluster;
  const TestDatabase database{cluster};
  PostgresPool pool{impatient(database)};
  PostgresAccountStore accounts{pool};
  PostgresRecoveryStore recovery{pool};
  const NewUser ada{Username::parse("ada").value(), email("ada@example.com"), {"hash of ada"}, ""};

  Inserted forget(const RequestInfo& info) { return recovery.insert_reset_request(ada.email, ForgotMark::kNone, info); }

  bool is_refused(const std::function<void()>& call) {
    try {
      call();
      return false;
    } catch (const Unavailable&) {
      return true;
    }
  }

  void lose_standby() {
    cluster.change_setting("synchronous_standby_names = 'nobody'");
    CHECK(comes([&] { return is_refused([&] { forget(request()); }); }));
  }

  void regain_standby() {
    cluster.change_setting("synchronous_standby_names = ''");
    CHECK(comes([&] { return !is_refused([&] { forget(request()); }); }));
  }

  // A live token, as a mail would carry it.
  TokenHash issue(const std::string& user_id) {
    database.execute(
        "WITH d AS (INSERT INTO deliveries (kind, user_id, state, due_at, ended_at, deliver_by, token_hash, request_id, "
        "client_ip, "
        "user_agent, country, accept_language) VALUES ('link', '" +
        user_id +
        "', 'sent', NULL, now(), now(), sha256('token'), 'r', '', '', '', '') RETURNING id) INSERT INTO reset_tokens "
        "(token_hash, "
        "user_id, delivery, account_fingerprint, expires_at) SELECT sha256('token'), u.id, d.id, "
        "account_fingerprint(u.password_hash, u.email), now() + interval '1 minute' FROM users u, d");
    return database.query("SELECT token_hash FROM reset_tokens")[0].bytes32("token_hash");
  }
};

}  // namespace

TEST_CASE("F24: a repeated request is accepted only when its row has reached the synchronous standby", "[standby]") {
  StandbyWorld world;
  const RequestInfo early = request();
  CHECK(world.forget(early) == Inserted::kYes);
  CHECK(world.forget(early) == Inserted::kNo);
  world.lose_standby();
  CHECK(world.is_refused([&] { world.forget(early); }));
  world.regain_standby();
  CHECK(world.forget(early) == Inserted::kNo);
}

TEST_CASE("F24: a repeated registration, log-in, change of the password or log-out waits for the standby", "[standby]") {
  StandbyWorld world;
  const RequestInfo registration = request();
  const std::string id = world.accounts.insert_user(world.ada, registration).value().id;
  const NewSession session{hash_number(1), std::chrono::seconds(600)};
  const auto log_in = [&] { return world.accounts.open_session(id, world.ada.password_hash, std::nullopt, session, request()); };
  const NewSession ended{hash_number(2), std::chrono::seconds(600)};
  REQUIRE(log_in());
  REQUIRE(world.accounts.open_session(id, world.ada.password_hash, std::nullopt, ended, request()));
  world.accounts.end_session(ended.token_hash, request());
  const RequestInfo change = request();

  SECTION("before a change of the password") {
    world.lose_standby();
    CHECK(world.is_refused([&] { world.accounts.insert_user(world.ada, registration); }));
    CHECK(world.is_refused([&] { log_in(); }));
    CHECK(world.is_refused([&] { world.accounts.end_session(ended.token_hash, request()); }));
    CHECK_FALSE(world.is_refused([&] { world.accounts.end_session(hash_number(3), request()); }));  // of no session
    CHECK_FALSE(world.is_refused([&] { world.accounts.insert_user(world.ada, request()); }));       // taken
    world.regain_standby();
    CHECK(world.accounts.insert_user(world.ada, registration).value().id == id);
    CHECK(log_in());
  }
  SECTION("after it") {
    REQUIRE(world.accounts.change_password(id, world.ada.password_hash, {"new hash"}, session.token_hash, change));
    world.lose_standby();
    CHECK(world.is_refused([&] { world.accounts.has_changed_password(change); }));
    CHECK_FALSE(world.is_refused([&] { world.accounts.has_changed_password(request()); }));
    world.regain_standby();
    CHECK(world.accounts.has_changed_password(change));
  }
}

TEST_CASE("F24: a repeated reset or cancellation waits for the standby", "[standby]") {
  StandbyWorld world;
  const TokenHash token = world.issue(world.accounts.insert_user(world.ada, request()).value().id);
  const auto cancel = [&](const TokenHash& which) {
    return world.recovery.cancel_reset_token(which, world.ada.email, request());
  };
  SECTION("reset") {
    const RequestInfo reset = request();
    REQUIRE(world.recovery.consume_reset_token(token, {"new hash"}, reset));
    world.lose_standby();
    CHECK(world.is_refused([&] { world.recovery.has_reset_password(reset); }));
    CHECK_FALSE(world.is_refused([&] { world.recovery.has_reset_password(request()); }));
    world.regain_standby();
    CHECK(world.recovery.has_reset_password(reset));
  }
  SECTION("cancellation") {
    REQUIRE(cancel(token));
    world.lose_standby();
    CHECK(world.is_refused([&] { cancel(token); }));
    CHECK_FALSE(world.is_refused([&] { cancel(hash_number(9)); }));  // never issued
    world.regain_standby();
    CHECK_FALSE(cancel(token));
  }
}
