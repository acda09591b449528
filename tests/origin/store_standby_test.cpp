// Repeated calls while no commit reaches the synchronous standby: none is answered from a row that this server alone may hold.
#include <catch2/catch.hpp>

#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// The stores, with the patience of their callers.
struct Stores {
  PostgresPool pool;
  PostgresAccountStore accounts{pool};
  PostgresRecoveryStore recovery{pool};

  Stores(const TestDatabase& database, std::chrono::milliseconds patience)
      : pool({.database_url = database.url(), .timeouts = {.statement = patience}, .answer_grace = patience}) {}
};

// A server of its own, whose standby can go away.
struct StandbyWorld {
  TestCluster cluster;
  const TestDatabase database{cluster};
  Stores stores{database, std::chrono::seconds(20)};
  Stores hasty{database, std::chrono::milliseconds(300)};  // for calls that wait in vain
  const NewUser ada{Username::parse("ada").value(), email("ada@example.com"), {"hash of ada"}, ""};

  void forget(Stores& by, const RequestInfo& info) { by.recovery.insert_reset_request(ada.email, ForgotMark::kNone, info); }

  template <class Call>
  bool waits(Call call) {
    try {
      call(hasty);
      return false;
    } catch (const Unavailable&) {
      return true;
    }
  }

  void lose_standby() {
    cluster.change_setting("synchronous_standby_names = 'nobody'");
    CHECK(comes([&] { return waits([&](Stores& by) { forget(by, request()); }); }));
  }

  void regain_standby() {
    cluster.change_setting("synchronous_standby_names = ''");
    CHECK(comes([&] { return !waits([&](Stores& by) { forget(by, request()); }); }));
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
  const auto forget = [&](Stores& by) { world.forget(by, early); };
  forget(world.stores);
  forget(world.stores);
  world.lose_standby();
  CHECK(world.waits(forget));
  world.regain_standby();
  CHECK_NOTHROW(forget(world.stores));
}

TEST_CASE("F24: a repeated registration, log-in, change of the password or log-out waits for the standby", "[standby]") {
  StandbyWorld world;
  auto& accounts = world.stores.accounts;
  const RequestInfo registration = request();
  const std::string id = accounts.insert_user(world.ada, registration).value().id;
  const NewSession live{hash_number(1), std::chrono::seconds(600)};
  const NewSession ended{hash_number(2), std::chrono::seconds(600)};
  const auto log_in = [&](Stores& by) { by.accounts.open_session(id, world.ada.password_hash, std::nullopt, live, request()); };
  log_in(world.stores);

  SECTION("registration and log-in") {
    const auto register_ada = [&](Stores& by) { by.accounts.insert_user(world.ada, registration); };
    world.lose_standby();
    CHECK(world.waits(register_ada));
    CHECK(world.waits(log_in));
    CHECK_FALSE(accounts.insert_user(world.ada, request()));  // taken: nothing is promised
    world.regain_standby();
    CHECK_NOTHROW(register_ada(world.stores));
    CHECK_NOTHROW(log_in(world.stores));
  }
  SECTION("log-out") {
    accounts.open_session(id, world.ada.password_hash, std::nullopt, ended, request());
    accounts.end_session(ended.token_hash, request());
    const auto log_out = [&](Stores& by) { by.accounts.end_session(ended.token_hash, request()); };
    world.lose_standby();
    CHECK(world.waits(log_out));
    CHECK_NOTHROW(accounts.end_session(hash_number(3), request()));  // of no session
    world.regain_standby();
    CHECK_NOTHROW(log_out(world.stores));
  }
  SECTION("change of the password") {
    const RequestInfo change = request();
    REQUIRE(accounts.change_password(id, world.ada.password_hash, {"new hash"}, live.token_hash, change));
    world.lose_standby();
    CHECK(world.waits([&](Stores& by) { by.accounts.has_changed_password(change); }));
    CHECK_FALSE(accounts.has_changed_password(request()));
    world.regain_standby();
    CHECK(accounts.has_changed_password(change));
  }
}

TEST_CASE("F24: a repeated reset or cancellation waits for the standby", "[standby]") {
  StandbyWorld world;
  auto& recovery = world.stores.recovery;
  const TokenHash token = world.issue(world.stores.accounts.insert_user(world.ada, request()).value().id);
  SECTION("reset") {
    const RequestInfo reset = request();
    REQUIRE(recovery.consume_reset_token(token, {"new hash"}, reset));
    world.lose_standby();
    CHECK(world.waits([&](Stores& by) { by.recovery.find_reset(reset); }));
    CHECK_FALSE(recovery.find_reset(request()));
    world.regain_standby();
    CHECK(recovery.find_reset(reset));
  }
  SECTION("cancellation") {
    REQUIRE(recovery.cancel_reset_token(token, world.ada.email, request()));
    const auto cancel = [&](Stores& by) { by.recovery.cancel_reset_token(token, world.ada.email, request()); };
    world.lose_standby();
    CHECK(world.waits(cancel));
    CHECK_FALSE(recovery.cancel_reset_token(hash_number(9), world.ada.email, request()));  // never issued
    world.regain_standby();
    CHECK_NOTHROW(cancel(world.stores));
  }
}
