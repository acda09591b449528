// The codes beside the links: tries, the budget of the installation, and their end together with the link.
#include <catch2/catch.hpp>
#include <thread>

#include "shared/codec/encoding.h"
#include "shared/sha256.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

using Misses = CodeVerdict::Misses;
constexpr std::uint32_t kADay = 2400;
constexpr int kTenth = 240;

KeyRing ring() { return *KeyRing::parse("7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"); }

RecoveryCode code_of(const TokenPlan& plan) { return RecoveryCode::derive(as_bytes("secret"), plan.seed); }

struct CodeWorld : StoreWorld {
  explicit CodeWorld(std::size_t connections = 10) : StoreWorld(connections) {
    rules.codes.missed_a_day = kADay;
    rules.codes.print_of = [](const TokenPlan& plan, std::string_view id) {
      return code_of(plan).prints(ring(), id).signing().bytes;
    };
  }

  // Asks for a link, and mails it.
  struct Mailed {
    std::string recovery;
    std::string code;  // "" without
    TokenHash token{};
  };
  Mailed mail(const std::string& name) {
    const RequestInfo info = request();
    recovery.insert_reset_request(email(name + "@example.com"), ForgotMark::kNone, info);
    Mailed mailed{info.request_id, ""};
    for (const Delivery& delivery : claim()) {
      if (delivery.code == CodeInMail::kShown) mailed.code = code_of(delivery.token).reveal();
      mailed.token = hash_of_plan(delivery.token);
      settle(delivery.lease, MailVerdict::kTaken, 250);
    }
    return mailed;
  }

  CodeVerdict type(const std::string& recovery_id, const std::string& code, const RequestInfo& call = request()) {
    return recovery.try_code({recovery_id, RecoveryCode::parse(code)->prints(ring(), recovery_id)}, kADay, call);
  }
  std::int64_t misses(const std::string& recovery_id) {
    return database.number("SELECT cardinality(code_misses) AS x FROM reset_requests WHERE request_id = '" + recovery_id + "'");
  }
};

std::string wrong(const std::string& code) { return (code[0] == '1' ? "2" : "1") + code.substr(1); }

}  // namespace

TEST_CASE("C04: the right code leads to its link, again and again, until the link ends", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  const auto ada = world.mail("ada");
  REQUIRE(ada.code.size() == 8);
  for (int i = 0; i < 3; ++i) CHECK(world.type(ada.recovery, ada.code).token == ada.token);
  CHECK(world.misses(ada.recovery) == 0);
  CHECK(world.database.number("SELECT met AS x FROM code_hours") == 1);
  CHECK(world.recovery.find_reset_token(ada.token));
}

TEST_CASE("C05: five wrong codes kill the code, and the link lives", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  const auto ada = world.mail("ada");
  for (int i = 0; i < 5; ++i) {
    CHECK(world.type(ada.recovery, ada.code).token);
    CHECK_FALSE(world.type(ada.recovery, wrong(ada.code)).token);
  }
  CHECK_FALSE(world.type(ada.recovery, ada.code).token);
  CHECK_FALSE(world.type(ada.recovery, wrong(ada.code)).token);
  CHECK(world.misses(ada.recovery) == 5);
  CHECK(world.database.number("SELECT sum(missed)::bigint AS x FROM code_hours") == 5);
  CHECK(world.recovery.consume_reset_token(ada.token, {"new hash"}, request()));
}

TEST_CASE("C06: a call that is sent again counts once", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  const auto ada = world.mail("ada");
  const RequestInfo call = request();
  for (int i = 0; i < 10; ++i) CHECK_FALSE(world.type(ada.recovery, wrong(ada.code), call).token);
  CHECK(world.misses(ada.recovery) == 1);
  CHECK(world.database.number("SELECT sum(missed)::bigint AS x FROM code_hours") == 1);
  CHECK(world.type(ada.recovery, ada.code).token);
}

TEST_CASE("C07: of 100 simultaneous wrong codes exactly five are counted", "[code_store][race]") {
  CodeWorld world(20);
  world.add_user("ada");
  const auto ada = world.mail("ada");
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 20; ++i) {
      threads.emplace_back([&] {
        for (int each = 0; each < 5; ++each) right += world.type(ada.recovery, wrong(ada.code)).token.has_value() ? 1 : 0;
      });
    }
  }
  CHECK(right == 0);
  CHECK(world.misses(ada.recovery) == 5);
  CHECK(world.database.number("SELECT sum(missed)::bigint AS x FROM code_hours") == 5);
  CHECK_FALSE(world.type(ada.recovery, ada.code).token);
  CHECK(world.recovery.find_reset_token(ada.token));
}

TEST_CASE("C08: known, unknown and inactive addresses have the same tries", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  world.add_user("alan");
  world.set_standing("alan", Standing::kInactive);
  for (const char* name : {"ada", "alan", "nobody"}) {
    const auto mailed = world.mail(name);
    for (int i = 0; i < 7; ++i)
      CHECK_FALSE(world.type(mailed.recovery, mailed.code.empty() ? "12345678" : wrong(mailed.code)).token);
    CHECK(world.misses(mailed.recovery) == 5);
  }
  CHECK(world.database.number("SELECT sum(missed)::bigint AS x FROM code_hours") == 15);
}

TEST_CASE("C09: a code is good for its own request alone", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  world.add_user("alan");
  const auto ada = world.mail("ada");
  const auto alan = world.mail("alan");
  CHECK_FALSE(world.type(alan.recovery, ada.code).token);
  CHECK(world.type(ada.recovery, ada.code).token == ada.token);
  CHECK_FALSE(world.type("AAAAAAAAAAAAAAAAAAAAAA", ada.code).token);
}

TEST_CASE("C10: a code ends with its link: by use, a newer mail, another password, expiry", "[code_store]") {
  CodeWorld world;
  world.rules.per_short = 10;
  world.rules.per_long = 10;
  world.add_user("ada");
  const auto ada = world.mail("ada");
  const auto live = [&] {
    const auto token = world.type(ada.recovery, ada.code).token;
    return token && world.recovery.find_reset_token(*token);
  };
  REQUIRE(live());
  SECTION("use") { CHECK(world.recovery.consume_reset_token(ada.token, {"new hash"}, request())); }
  SECTION("a newer mail") { world.mail("ada"); }
  SECTION("another password") { world.database.execute("UPDATE users SET password_hash = 'another'"); }
  SECTION("expiry") { world.database.execute("UPDATE reset_tokens SET expires_at = now()"); }
  SECTION("cancelling") { CHECK(world.recovery.cancel_reset_token(ada.token, email("ada@example.com"), request())); }
  CHECK_FALSE(live());
}

TEST_CASE("C11: past the budget no code is right, new mails have none, and links work", "[code_store]") {
  CodeWorld world;
  world.add_user("ada");
  world.add_user("alan");
  const auto ada = world.mail("ada");
  world.database.execute("INSERT INTO code_hours (hour, missed) VALUES (date_trunc('hour', now()) - interval '23 hours', " +
                         std::to_string(kTenth - 1) + ")");
  CHECK(world.type(ada.recovery, ada.code).misses == Misses::kLeft);  // one more is left: a right code adds one
  CHECK(world.type(ada.recovery, wrong(ada.code)).misses == Misses::kLeft);
  CHECK(world.type(ada.recovery, wrong(ada.code)).misses == Misses::kUsedUp);
  CHECK_FALSE(world.type(ada.recovery, ada.code).token);
  CHECK(world.misses(ada.recovery) == 2);
  const auto alan = world.mail("alan");
  CHECK(alan.code.empty());
  CHECK(world.recovery.find_reset_token(alan.token));
  CHECK(world.recovery.consume_reset_token(ada.token, {"new hash"}, request()));
  world.database.execute("UPDATE code_hours SET hour = hour - interval '25 hours'");
  CHECK(world.mail("alan").recovery != "");
  CHECK(world.type(ada.recovery, ada.code).token);
}

TEST_CASE("right codes raise the budget, but never beyond the day's", "[code_store]") {
  CodeWorld world;
  const auto left = [&] { return world.database.number("SELECT rekey.codes_left(" + std::to_string(kADay) + ") AS x"); };
  CHECK(left() == kTenth);
  world.database.execute("INSERT INTO code_hours (hour, missed, met) VALUES (date_trunc('hour', now()), 10, 100)");
  CHECK(left() == kTenth + 90);
  world.database.execute("UPDATE code_hours SET met = 1000000");
  CHECK(left() == kADay - 10);
  world.database.execute("UPDATE code_hours SET hour = hour - interval '25 hours'");
  CHECK(left() == kTenth);
  world.let_pass("3 days");
  world.database.execute("UPDATE code_hours SET hour = now() - interval '3 days'");
  world.outbox.prune({std::chrono::hours(24)});
  CHECK(world.count("code_hours") == 0);
}

TEST_CASE("a budget of a few wrong codes a day begins with one: without any no mail would ever have a code", "[code_store]") {
  CodeWorld world;
  const auto left = [&](int a_day) {
    return world.database.number("SELECT rekey.codes_left(" + std::to_string(a_day) + ") AS x");
  };
  CHECK(left(0) == 0);
  for (const int few : {1, 9, 10}) CHECK(left(few) == 1);
  CHECK(left(11) == 2);
  CHECK(left(100000) == 10000);
  world.database.execute("INSERT INTO code_hours (hour, missed, met) VALUES (date_trunc('hour', now()), 1, 5)");
  CHECK(left(1) == 0);
  CHECK(left(9) == 5);
}

TEST_CASE("a try is no more statements for one request than for another, and finds its row by index", "[code_store][plan]") {
  CodeWorld world(1);
  world.add_user("ada");
  const auto ada = world.mail("ada");
  world.flood("'u' || n || '@example.com'", 20000);
  world.type(ada.recovery, wrong(ada.code));
  const auto scanned = [&] {
    world.pool.run(SqlStatement{"flush_statistics", "SELECT pg_stat_force_next_flush()"});
    return world.database.number("SELECT seq_tup_read AS x FROM pg_stat_user_tables WHERE relname = 'reset_requests'");
  };
  const auto before = scanned();
  for (int i = 0; i < 10; ++i) world.type(ada.recovery, wrong(ada.code));
  CHECK(scanned() == before);
}
