#include <algorithm>
#include <catch2/catch.hpp>

#include "origin/passwords/stored_hash.h"
#include "tests/origin/product_hashes.h"
#include "tests/origin/store_world.h"

using namespace rekey;
using namespace rekey::test;

namespace {

const NewSession kSession{hash_number(1), std::chrono::seconds(1800)};
const NewSession kRenewal{hash_number(2), std::chrono::seconds(1800)};

std::optional<User> insert(StoreWorld& world, const std::string& username, const std::string& address, const RequestInfo& info) {
  return world.accounts.insert_user({Username::parse(username).value(), email(address), {"h"}, ""}, info);
}

bool open(StoreWorld& world, const std::string& name, const NewSession& session = kSession) {
  const Account account = world.account(name);
  return world.accounts.open_session(account.user.id, account.password_hash, std::nullopt, session, request());
}

std::int64_t matches(StoreWorld& world, const std::string& address) {
  return world.count("users WHERE lower(email COLLATE \"C\") = lower('" + address + "' COLLATE \"C\")");
}

bool lives(StoreWorld& world, const TokenHash& token) { return world.accounts.find_session(token, std::nullopt).has_value(); }

}  // namespace

TEST_CASE("B11: an address or a name is taken in any ASCII case", "[account_store][own]") {
  StoreWorld world;
  CHECK(insert(world, "Ada", "Ada@Example.com", request()));
  CHECK_FALSE(insert(world, "other", "aDA@eXAMPLE.COM", request()));
  CHECK_FALSE(insert(world, "aDA", "other@example.com", request()));
  CHECK(world.count("users") == 1);
}

TEST_CASE("the database accepts exactly the user names that the program accepts", "[account_store][own]") {
  const TestDatabase database;
  const auto takes = [&](const std::string& name) {
    try {
      database.execute("INSERT INTO users (username, email, password_hash) VALUES ('" + name + "', 'a@x.test', 'h')");
    } catch (const DatabaseFault& fault) {
      CHECK(fault.sqlstate() == "23514");
      return false;
    }
    database.execute("DELETE FROM users");
    return true;
  };
  for (const std::string& name : {std::string("ab"),         std::string("abc"),
                                  std::string(30, 'a'),      std::string(31, 'a'),
                                  std::string("-abc"),       std::string("abc-"),
                                  std::string("_abc"),       std::string("abc_"),
                                  std::string("a-b"),        std::string("a_b"),
                                  std::string("a--b"),       std::string("a-_b"),
                                  std::string("a-b-c"),      std::string("a-b_c"),
                                  std::string("1234"),       std::string("12345"),
                                  std::string("a1234b"),     std::string("a12345b"),
                                  std::string("1234-1234"),  std::string("12345-1"),
                                  std::string("a.b"),        std::string("a b"),
                                  std::string("a@b"),        std::string("abc\n"),
                                  std::string("ab\xc3\xa4"), std::string("\xd9\xa1\xd9\xa2\xd9\xa3")}) {
    CAPTURE(name);
    CHECK(takes(name) == static_cast<bool>(Username::parse(name)));
  }
}

TEST_CASE("a repeated request id returns the same user and creates no second one", "[account_store][own]") {
  StoreWorld world;
  const RequestInfo info = request();
  const auto first = insert(world, "ada", "ada@example.com", info);
  const auto second = insert(world, "ada", "ada@example.com", info);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->id == second->id);
  CHECK(world.count("audit_log WHERE event = 'user.registered'") == 1);
}

TEST_CASE("B8: the look-up ignores ASCII case and returns the address as registered", "[account_store][own]") {
  StoreWorld world;
  insert(world, "ada", "Ada@Example.com", request());
  const auto found = world.accounts.find_account(email("aDa@eXample.Com"));
  REQUIRE(found);
  CHECK(found->user.email == "Ada@Example.com");
  CHECK_FALSE(world.accounts.find_account(email("adb@example.com")));
}

TEST_CASE("U01: the database folds no other letter to an ASCII one", "[account_store]") {
  StoreWorld world;
  world.add_user("mike");
  // U+0131 and U+212A, which full case folding would turn into i and k.
  CHECK(matches(world, "m\xC4\xB1ke@example.com") == 0);
  CHECK(matches(world,
                "mi\xE2\x84\xAA"
                "e@example.com") == 0);
  CHECK(matches(world, "mike@example.com") == 1);
}

TEST_CASE("a session opens only if the stored hash is the verified one", "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  CHECK_FALSE(world.accounts.open_session(id, {"another hash"}, std::nullopt, kSession, request()));
  CHECK(open(world, "ada"));
  CHECK(lives(world, kSession.token_hash));
}

TEST_CASE("an inactive account gets no session and loses those it has", "[account_store][own]") {
  StoreWorld world;
  world.add_user("ada");
  CHECK(open(world, "ada"));
  CHECK(world.set_standing("ada", Standing::kInactive));
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK_FALSE(open(world, "ada", kRenewal));
  CHECK(world.set_standing("ada", Standing::kActive));
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK(open(world, "ada", kRenewal));
  CHECK_FALSE(world.set_standing("nobody", Standing::kActive));
}

TEST_CASE("a session ends by the database's clock", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  open(world, "ada");
  world.let_pass("1799 seconds");
  CHECK(lives(world, kSession.token_hash));
  world.let_pass("1 second");
  CHECK_FALSE(lives(world, kSession.token_hash));
}

TEST_CASE("the account's tokens and sessions survive an upgrade of its hash", "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  open(world, "ada");
  CHECK(world.accounts.open_session(id, {"hash of ada"}, PasswordHash{"better hash"}, kRenewal, request()));
  CHECK(world.account("ada").password_hash.text == "better hash");
  CHECK(lives(world, kSession.token_hash));
  CHECK(lives(world, kRenewal.token_hash));
  CHECK(world.recovery.find_reset_token(token));
}

TEST_CASE("an upgrade of the hash does not revive a link that went to the account's former address", "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  world.database.execute("UPDATE users SET email = 'ada@new.example.com'");
  CHECK(world.accounts.open_session(id, {"hash of ada"}, PasswordHash{"better hash"}, kSession, request()));
  CHECK_FALSE(world.recovery.find_reset_token(token));
}

TEST_CASE("an upgrade is dropped if the password changed meanwhile", "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  world.database.execute("UPDATE users SET password_hash = 'changed'");
  CHECK_FALSE(world.accounts.open_session(id, {"hash of ada"}, PasswordHash{"better hash"}, kSession, request()));
  CHECK(world.account("ada").password_hash.text == "changed");
  CHECK(world.count("sessions") == 0);
}

TEST_CASE("a reset by a mailed link marks the address as verified; a refused one does not", "[account_store][own]") {
  StoreWorld world;
  world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  CHECK_FALSE(world.recovery.consume_reset_token(hash_number(77), {"new hash"}, request()));
  CHECK_FALSE(world.account("ada").user.is_verified);
  REQUIRE(world.recovery.consume_reset_token(token, {"new hash"}, request()));
  CHECK(world.account("ada").user.is_verified);
}

TEST_CASE("A8: an operator's SQL that changes the hash ends the sessions", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  open(world, "ada");
  world.database.execute("UPDATE users SET password_hash = 'changed'");
  CHECK_FALSE(lives(world, kSession.token_hash));
}

TEST_CASE("a renewal opens a successor, and the old session ends after a minute", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  open(world, "ada");
  world.let_pass("25 minutes");
  const auto found = world.accounts.find_session(kSession.token_hash, kRenewal);
  REQUIRE(found);
  CHECK(found->renewed);
  CHECK(lives(world, kSession.token_hash));
  world.let_pass("60 seconds");
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK(lives(world, kRenewal.token_hash));
}

TEST_CASE("a chain of renewals ends twelve hours after the log-in", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  open(world, "ada");
  std::uint64_t number = 10;
  TokenHash token = kSession.token_hash;
  for (int hops = 0; hops < 60; ++hops) {
    world.let_pass("25 minutes");
    const TokenHash next = hash_number(number++);
    const auto found = world.accounts.find_session(token, NewSession{next, kSession.lifetime});
    if (!found) break;
    if (found->renewed) token = next;
  }
  CHECK_FALSE(lives(world, token));
  CHECK(number - 10 == 29);  // 28 steps of 25 minutes fit into twelve hours; the 29th finds nothing
  CHECK(world.count("sessions WHERE expires_at > started_at + interval '12 hours'") == 0);
}

TEST_CASE("an operator may let a chain of renewals live longer, or end earlier", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  const std::chrono::hours longest(GENERATE(1, 720));
  const NewSession first{hash_number(1), std::chrono::minutes(30), longest};
  REQUIRE(open(world, "ada", first));
  world.database.execute("UPDATE sessions SET started_at = now() - interval '" + std::to_string(longest.count()) +
                         " hours' + interval '45 minutes'");
  world.let_pass("25 minutes");
  const auto found = world.accounts.find_session(first.token_hash, NewSession{hash_number(2), first.lifetime, longest});
  REQUIRE(found);
  CHECK(found->renewed);
  CHECK(world.count("sessions WHERE expires_at = started_at + interval '" + std::to_string(longest.count()) + " hours'") == 1);
}

TEST_CASE("logging out ends the session and its successors", "[account_store]") {
  StoreWorld world;
  world.add_user("ada");
  open(world, "ada");
  open(world, "ada", {hash_number(9), kSession.lifetime});
  world.let_pass("25 minutes");
  world.accounts.find_session(kSession.token_hash, kRenewal);
  world.accounts.end_session(kSession.token_hash, request());
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK_FALSE(lives(world, kRenewal.token_hash));
  CHECK(lives(world, hash_number(9)));
  CHECK_NOTHROW(world.accounts.end_session(hash_number(77), request()));
}

TEST_CASE("B10: a changed password keeps one session, ends the others and all reset tokens, and queues a notice",
          "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  const TokenHash token = world.mail_link("ada");
  open(world, "ada");
  open(world, "ada", kRenewal);
  CHECK(world.accounts.change_password(id, {"hash of ada"}, {"new hash"}, kRenewal.token_hash, request()));
  CHECK(world.account("ada").password_hash.text == "new hash");
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK(lives(world, kRenewal.token_hash));
  CHECK_FALSE(world.recovery.find_reset_token(token));
  const auto notices = world.claim_notices();
  REQUIRE(notices.size() == 1);
  CHECK_FALSE(notices[0].by_reset);
  CHECK(notices[0].user->id == id);
}

TEST_CASE("a password changes only if the stored hash is the verified one", "[account_store]") {
  StoreWorld world;
  const std::string id = world.add_user("ada");
  open(world, "ada");
  CHECK_FALSE(world.accounts.change_password(id, {"stale hash"}, {"new hash"}, kSession.token_hash, request()));
  CHECK(world.account("ada").password_hash.text == "hash of ada");
  CHECK(world.claim_notices().empty());
}

TEST_CASE("B6: an account's tokens and sessions are deleted with it", "[account_store][own]") {
  StoreWorld world;
  world.add_user("ada");
  world.mail_link("ada");
  open(world, "ada");
  world.database.execute("DELETE FROM users");
  CHECK(world.count("sessions") == 0);
  CHECK(world.count("reset_tokens") == 0);
  CHECK(world.states() == "sent");  // an ended request is kept for a day
}

TEST_CASE("the kinds of the stored hashes are listed once each, by their parameters alone, without salt or hash",
          "[account_store]") {
  StoreWorld world;
  const std::vector<std::string> hashes{"$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
                                        "$2b$12$bbcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
                                        "$6$abcdefgh$digest",
                                        "$6$bbcdefgh$digest",
                                        "$6$rounds=10000$abcdefghijklmnop$digest",
                                        "$6$rounds=10000$abcdefghijklmnopq$digest",
                                        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$digest",
                                        "$y$j9T$abcdefgh$digest",
                                        "!",
                                        "plain",
                                        "$1$abcdefgh$digest",
                                        "$6$"};
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const std::string name = "user" + std::to_string(i);
    world.add_user(name);
    world.database.execute("UPDATE users SET password_hash = '" + hashes[i] + "' WHERE username = '" + name + "'");
  }
  auto beginnings = world.accounts.list_hash_beginnings(32);
  std::sort(beginnings.begin(), beginnings.end());
  CHECK(beginnings == std::vector<std::string>{"$2b$12$", "$6$", "$6$........", "$6$rounds=10000$................",
                                               "$argon2id$v=19$m=19456,t=2,p=1$", "$y$j9T$"});
  CHECK(world.accounts.list_hash_beginnings(2).size() == 2);
  for (const std::string& hash : hashes) {
    const auto kind = hash_kind(hash);
    const auto same = [&](const std::string& beginning) { return hash_kind(beginning) == kind; };
    CHECK((!kind || std::any_of(beginnings.begin(), beginnings.end(), same)));
  }
}

TEST_CASE("the kind of each product's hashes is listed, and nothing of their salts and digests", "[account_store][own]") {
  StoreWorld world;
  for (std::size_t i = 0; i < std::size(kProductHashes); ++i) {
    const std::string name = "user" + std::to_string(i);
    world.add_user(name);
    world.database.execute("UPDATE users SET password_hash = '" + std::string(kProductHashes[i].text) + "' WHERE username = '" +
                           name + "'");
  }
  const auto beginnings = world.accounts.list_hash_beginnings(64);
  for (const auto& made : kProductHashes) {
    CAPTURE(made.product);
    const auto body = parse_stored_hash(made.text)->body;
    const auto same = [&](const std::string& beginning) { return hash_kind(beginning) == body.kind; };
    CHECK(std::ranges::any_of(beginnings, same));
  }
  for (const std::string& beginning : beginnings) {
    CAPTURE(beginning);
    CHECK(hash_kind(beginning));
    CHECK_FALSE(is_verifiable_hash(beginning));
    CHECK(beginning.size() <= 45);
  }
}
