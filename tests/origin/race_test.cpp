#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "origin/passwords/format_hasher.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "origin/use_cases/log_in.h"
#include "origin/use_cases/reset_password.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/race_start.h"
#include "tests/origin/store_world.h"
#include "tests/origin/use_case_fakes.h"

using namespace rekey;
using namespace rekey::test;

namespace {

// Discards every event, from any thread.
class SilentLog final : public EventLog {
 public:
  void record(Event, std::string_view, std::span<const EventField>) override {}
};

// The use cases over the real database and the real hasher, with parameters light enough for thousands of hashes.
struct RaceWorld : StoreWorld {
  FakeMetrics metrics;
  SilentLog log;
  Utf8procNormalizer normalizer;
  FormatHasher hasher{{.argon2 = {.memory_kib = 32, .passes = 1, .lanes = 1}},
                      {.slots = 4, .most_waiting = 1000, .longest_wait = std::chrono::seconds(60)},
                      random,
                      metrics,
                      log};
  PasswordRules rules_for_passwords{normalizer, "Rekey", 8};
  HandClock clock;
  TryCode codes{recovery, 0, clock, log, metrics};
  ResetPassword reset{recovery, codes, hasher, rules_for_passwords, log, metrics};
  GuessWatch guesses{random, clock, log, metrics};
  LogIn log_in{accounts, hasher, rules_for_passwords, SessionLife{}, guesses, log};

  RaceWorld() : StoreWorld(8) { rules.per_short = rules.per_long = 1000000; }

  std::string set_password(const std::string& name, std::string_view password) {
    const std::string text = hasher.hash(password, [] { return true; })->text;
    database.execute("UPDATE users SET password_hash = '" + text + "' WHERE username = '" + name + "'");
    return text;
  }
  PasswordMatch match(const std::string& name, std::string_view password) {
    return hasher.verify(password, account(name).password_hash);
  }
};

// The pool is deliberately smaller than the crowd; a caller that gets Unavailable tries again.
template <class Work>
auto until_available(Work work) {
  for (;;) {
    try {
      return work();
    } catch (const DatabaseFault&) {
      throw;
    } catch (const Unavailable&) {
    }
  }
}

std::string password_number(std::size_t round, std::size_t i) {
  return "winner of " + std::to_string(round) + " is " + std::to_string(i);
}

}  // namespace

TEST_CASE("R01, B9: of a hundred simultaneous uses of one token exactly one wins, and its password is the stored one", "[race]") {
  RaceWorld world;
  world.add_user("ada");
  constexpr std::size_t kThreads = 100;
  for (std::size_t round = 0; round < 50; ++round) {
    const TokenHash token = world.mail_link("ada");
    std::vector<ResetPasswordOutcome::Kind> outcomes(kThreads, ResetPasswordOutcome::Kind::kPasswordRefused);
    run_at_once(kThreads, [&](std::size_t i) {
      const std::string password = password_number(round, i);
      outcomes[i] = until_available([&] { return world.reset.run({token, password}, request()).kind; });
    });
    REQUIRE(std::count(outcomes.begin(), outcomes.end(), ResetPasswordOutcome::Kind::kOk) == 1);
    REQUIRE(std::count(outcomes.begin(), outcomes.end(), ResetPasswordOutcome::Kind::kBadToken) == kThreads - 1);
    const auto winner = std::find(outcomes.begin(), outcomes.end(), ResetPasswordOutcome::Kind::kOk) - outcomes.begin();
    REQUIRE(world.match("ada", password_number(round, static_cast<std::size_t>(winner))) == PasswordMatch::kYes);
  }
  CHECK(world.count("audit_log WHERE event = 'password.reset'") == 50);
  CHECK(world.count("deliveries WHERE kind = 'password_changed'") == 50);
}

TEST_CASE("of two live tokens of one account, used simultaneously, one wins", "[race]") {
  RaceWorld world;
  world.add_user("ada");
  for (std::size_t round = 0; round < 100; ++round) {
    world.database.execute("DELETE FROM reset_requests");
    world.database.execute("DELETE FROM deliveries");
    const TokenHash older = world.mail_link("ada");
    world.forget("ada");
    const auto jobs = world.claim();  // under way, so the older link is still alive
    REQUIRE(jobs.size() == 1);
    const TokenHash newer = hash_of_plan(jobs[0].token);
    std::array<bool, 2> won{};
    run_at_once(2, [&](std::size_t i) {
      won[i] = world.recovery.consume_reset_token(i == 0 ? older : newer, {"set by " + std::to_string(i)}, request());
    });
    REQUIRE(won[0] != won[1]);
    REQUIRE(world.account("ada").password_hash.text == (won[0] ? "set by 0" : "set by 1"));
    REQUIRE(world.count("reset_tokens") == 0);
  }
}

TEST_CASE("A8, R05: a reset beside log-ins with an upgrade and a change of password leaves one password and no old session",
          "[race]") {
  RaceWorld world;
  const std::string id = world.add_user("ada");
  std::uint64_t number = 1000;
  for (std::size_t round = 0; round < 60; ++round) {
    const std::uint64_t first = number;
    number += 10;
    world.database.execute("DELETE FROM sessions");
    const PasswordHash old{"old hash " + std::to_string(round)};
    world.database.execute("UPDATE users SET password_hash = '" + old.text + "'");
    const TokenHash token = world.mail_link("ada");
    bool reset = false;
    bool changed = false;
    run_at_once(6, [&](std::size_t i) {
      const NewSession session{hash_number(first + i), std::chrono::seconds(1800)};
      if (i == 0) {
        reset = world.recovery.consume_reset_token(token, {"reset"}, request());
      } else if (i == 1) {
        changed = world.accounts.change_password(id, old, {"changed"}, hash_number(first + 2), request());
      } else if (i < 4) {
        world.accounts.open_session(id, old, std::nullopt, session, request());
      } else {
        world.accounts.open_session(id, old, PasswordHash{"upgraded"}, session, request());
      }
    });
    const std::string stored = world.account("ada").password_hash.text;
    if (reset) {
      REQUIRE(stored == "reset");
      REQUIRE(world.count("sessions WHERE ended_at IS NULL") == 0);
    } else {
      REQUIRE(changed);
      REQUIRE(stored == "changed");
    }
    REQUIRE_FALSE(world.recovery.find_reset_token(token));
    for (std::uint64_t s = first; s < number; ++s) {
      if (stored == "changed" && s == first + 2) continue;  // the session that made the change
      REQUIRE_FALSE(world.accounts.find_session(hash_number(s), std::nullopt));
    }
  }
}

TEST_CASE("R04: a reset beside a second forgot request leaves at most the newer link alive", "[race]") {
  RaceWorld world;
  world.add_user("ada");
  for (std::size_t round = 0; round < 100; ++round) {
    world.database.execute("DELETE FROM reset_requests");
    world.database.execute("DELETE FROM deliveries");
    const TokenHash older = world.mail_link("ada");
    bool reset = false;
    run_at_once(2, [&](std::size_t i) {
      if (i == 0) {
        reset = world.recovery.consume_reset_token(older, {"set in round " + std::to_string(round)}, request());
        return;
      }
      world.forget("ada");
      for (const Delivery& job : world.claim()) world.settle(job.lease, MailVerdict::kTaken, 250);
    });
    REQUIRE_FALSE(world.recovery.find_reset_token(older));
    REQUIRE(world.count("reset_tokens t JOIN users u ON u.id::text = t.user_id "
                        "WHERE t.account_fingerprint = account_fingerprint(u.password_hash, u.email)") <= 1);
    if (reset) REQUIRE(world.account("ada").password_hash.text == "set in round " + std::to_string(round));
  }
}

TEST_CASE("R08: no two of many workers hold one row within a lease, and no row is left", "[race]") {
  StoreWorld world(8);
  constexpr std::size_t kUsers = 400;
  world.database.execute(
      "INSERT INTO users (username, email, password_hash) "
      "SELECT 'user' || n, 'user' || n || '@example.com', 'h' FROM generate_series(1, 400) n");
  for (int copies = 0; copies < 3; ++copies) {
    world.flood("'user' || n || '@example.com'", 400);
  }
  std::mutex mutex;
  std::multiset<std::int64_t> rows;
  std::multiset<std::string> users;
  run_at_once(8, [&](std::size_t) {
    while (!world.is_idle()) {
      const auto jobs = world.claim();
      const std::lock_guard lock(mutex);
      for (const Delivery& job : jobs) {
        rows.insert(job.lease.delivery);
        users.insert(job.user->id);
      }
    }
  });
  CHECK(rows.size() == kUsers);
  CHECK(std::set(rows.begin(), rows.end()).size() == kUsers);
  CHECK(std::set(users.begin(), users.end()).size() == kUsers);
  CHECK(world.count("reset_requests WHERE state = 'superseded'") == 2 * kUsers);
  CHECK(world.count("deliveries WHERE state = 'sending' AND attempt = 1") == kUsers);
  CHECK(world.count("reset_tokens") == kUsers);
}

TEST_CASE("R07: five hundred simultaneous forgot requests for one account are all stored and cause one mail", "[race]") {
  StoreWorld world(8);
  world.add_user("ada");
  run_at_once(50, [&](std::size_t) {
    for (int i = 0; i < 10; ++i) until_available([&] { return world.forget("ada"), 0; });
  });
  CHECK(world.count("reset_requests") == 500);
  std::atomic<int> mails{0};
  run_at_once(4, [&](std::size_t) {
    while (!world.is_idle()) {
      for (const Delivery& job : world.claim()) {
        ++mails;
        world.settle(job.lease, MailVerdict::kTaken, 250);
      }
    }
  });
  CHECK(mails == 1);
  CHECK(world.count("reset_tokens") == 1);
  CHECK(world.count("reset_requests WHERE ended_at IS NULL") == 0);
}

TEST_CASE("logging out while the session is being renewed leaves no session", "[race]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  for (std::uint64_t round = 0; round < 100; ++round) {
    const TokenHash old = hash_number(10000 + 2 * round);
    const NewSession renewal{hash_number(10001 + 2 * round), std::chrono::seconds(1800)};
    world.accounts.open_session(id, {"hash of ada"}, std::nullopt, {old, std::chrono::seconds(600)}, request());
    run_at_once(2, [&](std::size_t i) {
      if (i == 0) {
        world.accounts.end_session(old, request());
      } else {
        world.accounts.find_session(old, renewal);
      }
    });
    REQUIRE(world.count("sessions WHERE ended_at IS NULL") == 0);
  }
}
