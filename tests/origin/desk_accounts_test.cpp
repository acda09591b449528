// The operator's commands about accounts: list, show, enable, disable, require-reset, delete, sessions, link.
#include <catch2/catch.hpp>

#include "shared/sha256.h"
#include "tests/origin/desk_world.h"

namespace rekey::test {
namespace {

using Catch::Contains;

const NewSession kSession{hash_number(1), std::chrono::seconds(1800)};

void open_session(DeskWorld& world, const std::string& name, const NewSession& session = kSession) {
  const auto account = world.stores.account(name);
  REQUIRE(world.stores.accounts.open_session(account.user.id, account.password_hash, std::nullopt, session, request()));
}

bool lives(DeskWorld& world, const TokenHash& session) {
  return world.stores.accounts.find_session(session, std::nullopt).has_value();
}

TokenHash hash_of_link(const std::string& output) {
  const auto token = between(output, "#token=", "\n").substr(0, kTokenTextSize);
  return sha256({as_bytes(token)});
}

}  // namespace

TEST_CASE("user list turns pages by address, and --all prints each account once", "[desk_accounts]") {
  DeskWorld world;
  for (const auto* name : {"cyd", "ada", "bob", "Eve", "dan"}) world.stores.add_user(name);
  const auto first = world.run({"user", "list", "--most", "2", "--json"});
  CHECK(rows_in(first.out) == 2);
  CHECK_THAT(first.out, Contains("ada@example.com") && Contains("bob@example.com"));
  const auto next = between(first.out, "\"next\":\"", "\"");
  CHECK(next == "bob@example.com");
  const auto second = world.run({"user", "list", "--most", "2", "--after", next, "--json"});
  CHECK_THAT(second.out, Contains("cyd@example.com") && Contains("dan@example.com"));
  const auto last = world.run({"user", "list", "--most", "2", "--after", "dan@example.com", "--json"});
  CHECK(rows_in(last.out) == 1);
  CHECK_THAT(last.out, !Contains("next"));
  CHECK(rows_in(world.run({"user", "list", "--all", "--json"}).out) == 5);
  CHECK_THAT(world.run({"user", "list", "--most", "2"}).out, Contains("more: --after bob@example.com"));
  CHECK_THAT(world.run({"user", "list", "--most", "5"}).out, !Contains("more:"));
}

TEST_CASE("user list --all goes through more than one page", "[desk_accounts]") {
  DeskWorld world;
  world.stores.database.execute(
      "INSERT INTO users (username, email, password_hash) "
      "SELECT 'user' || translate(n::text, '0123456789', 'abcdefghij'), 'u' || n || '@example.com', 'h' FROM generate_series(1, "
      "2001) n");
  const auto all = world.run({"user", "list", "--all", "--json"}).out;
  CHECK(rows_in(all) == 2001);
  CHECK_THAT(all, !Contains("next"));
  CHECK(rows_in(world.run({"user", "list", "--all", "--json", "--search", "@example"}).out) == 2001);
}

TEST_CASE("user list --search finds a part of the address or the name, literally and in any case", "[desk_accounts]") {
  DeskWorld world;
  for (const auto* name : {"ada", "al_an", "alxan"}) world.stores.add_user(name);
  const auto found = [&](const std::string& text) {
    return rows_in(world.run({"user", "list", "--search", text, "--json"}).out);
  };
  CHECK(found("ADA@") == 1);
  CHECK(found("al") == 2);
  CHECK(found("l_a") == 1);
  CHECK(found("%") == 0);
  CHECK(found("\\") == 0);
  CHECK(found("'; DROP TABLE users") == 0);
  CHECK(found("example.com") == 3);
  CHECK_THAT(world.run({"user", "list", "--search", "example", "--most", "1", "--after", "ada@example.com", "--json"}).out,
             Contains("al_an"));
}

TEST_CASE("user list --state shows only accounts of that state", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.add_user("bob");
  world.run({"user", "disable", "bob@example.com"});
  CHECK_THAT(world.run({"user", "list", "--state", "inactive"}).out, Contains("bob@") && !Contains("ada@"));
  CHECK_THAT(world.run({"user", "list", "--state", "active", "--search", "example"}).out, Contains("ada@") && !Contains("bob@"));
}

TEST_CASE("an account is found by its address in any case, and by its id, which may be any text", "[desk_accounts]") {
  DeskWorld world;
  const auto id = world.stores.add_user("ada");
  CHECK(world.run({"user", "show", "ADA@example.com"}).exit_code == 0);
  CHECK_THAT(world.run({"user", "show", id, "--json"}).out, Contains("\"username\":\"ada\""));
  CHECK(world.run({"user", "show", "00000000-0000-0000-0000-000000000000"}).exit_code == 1);
  CHECK(world.run({"user", "show", "nobody@example.com"}).out == "nobody@example.com has no account\n");
  CHECK(world.run({"user", "show", "ada"}).out == "ada has no account\n");
}

TEST_CASE("user show tells what an account has, and nothing of its hash but the kind", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.database.execute(
      "UPDATE users SET password_hash = "
      "'$argon2id$v=19$m=7168,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0ZGlnZXN0'");
  open_session(world, "ada");
  world.stores.mail_link("ada");
  world.stores.accounts.note_refused_log_in(email("ADA@example.com"), request());
  const auto shown = world.run({"user", "show", "ada@example.com", "--json"}).out;
  CHECK_THAT(shown, Contains("\"password\":\"$argon2id$v=19$m=7168,t=1,p=1$\"") && !Contains("c2Fs") && !Contains("ZGln"));
  CHECK_THAT(shown, Contains("\"sessions\":1") && Contains("\"links\":1") && Contains("\"refused_log_ins\":1"));
  CHECK_THAT(shown, Contains("\"last_log_in\":\"2") && Contains("\"last_new_password\":null"));
  CHECK(shown.find('\n') == shown.size() - 1);
}

TEST_CASE("each change of an account is in the audit log, with the operator's name", "[desk_accounts]") {
  DeskWorld world;
  const auto id = world.stores.add_user("ada");
  for (const auto* command : {"disable", "enable", "require-reset"})
    CHECK(world.run({"user", command, "ada@example.com"}).exit_code == 0);
  CHECK(world.run({"link", "ada@example.com"}).exit_code == 0);
  CHECK(world.run({"sessions", "ada@example.com", "--end"}).exit_code == 0);
  CHECK(world.run({"user", "delete", "ada@example.com", "--yes"}).exit_code == 0);
  CHECK(world.stores.database.text("SELECT string_agg(event, ' ' ORDER BY id) AS x FROM audit_log WHERE user_id = '" + id +
                                   "' AND detail <> '' AND request_id <> ''") ==
        "user.disabled user.enabled user.reset_required link.issued sessions.ended user.deleted");
}

TEST_CASE("a command for nobody changes nothing and writes nothing down", "[desk_accounts]") {
  DeskWorld world;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"user", "disable", "nobody@example.com"},
                                             {"user", "require-reset", "nobody@example.com"},
                                             {"user", "delete", "nobody@example.com", "--yes"},
                                             {"sessions", "nobody@example.com", "--end"},
                                             {"link", "nobody@example.com"}}) {
    const auto answer = world.run(words);
    CHECK(answer.exit_code == 1);
    CHECK_THAT(answer.out, Contains("nobody@example.com has no account"));
  }
  CHECK(world.stores.count("audit_log") == 0);
}

TEST_CASE("after require-reset no password, session or earlier link opens the account, and a reset does", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  open_session(world, "ada");
  const auto earlier = world.stores.mail_link("ada");
  CHECK_THAT(world.run({"user", "require-reset", "ada@example.com"}).out, Contains("waiting for a new password"));
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK_FALSE(world.stores.recovery.find_reset_token(earlier));
  CHECK(world.stores.account("ada").password_hash.text.starts_with("!"));
  CHECK(world.stores.count("users WHERE password_kind IS NULL") == 1);
  const auto once = world.stores.account("ada").password_hash.text;
  world.run({"user", "require-reset", "ada@example.com"});
  CHECK(world.stores.account("ada").password_hash.text != once);
  world.stores.let_pass("2 minutes");
  CHECK(world.stores.recovery.consume_reset_token(world.stores.mail_link("ada"), {"new hash"}, request()));
  open_session(world, "ada", {hash_number(2), std::chrono::seconds(60)});
}

TEST_CASE("user delete asks first; any other answer than the same words keeps the account", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  open_session(world, "ada");
  world.stores.mail_link("ada");
  for (const auto* answer : {"", "\n", "yes\n", "ad@example.com\n"}) {
    CHECK(world.run({"user", "delete", "ada@example.com"}, answer).exit_code == 1);
    CHECK(world.stores.count("users") == 1);
  }
  const auto deleted = world.run({"user", "delete", "ada@example.com"}, "ada@example.com\n");
  CHECK(deleted.exit_code == 0);
  CHECK_THAT(deleted.err, Contains("Delete ada@example.com?"));
  CHECK(world.stores.count("users") + world.stores.count("sessions") + world.stores.count("reset_tokens") == 0);
}

TEST_CASE("sessions lists the live ones with the client that logged in, and --end ends them all", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.add_user("bob");
  open_session(world, "ada");
  open_session(world, "ada", {hash_number(2), std::chrono::seconds(60)});
  open_session(world, "bob", {hash_number(3), std::chrono::seconds(1800)});
  world.stores.let_pass("61 seconds");
  const auto listed = world.run({"sessions", "ada@example.com", "--json"}).out;
  CHECK(rows_in(listed) == 1);
  CHECK_THAT(listed, Contains("192.0.2.7"));
  CHECK_THAT(world.run({"sessions", "ada@example.com", "--end"}).out, Contains("no session"));
  CHECK_FALSE(lives(world, kSession.token_hash));
  CHECK(lives(world, hash_number(3)));
  CHECK(rows_in(world.run({"sessions", "ada@example.com", "--json"}).out) == 0);
}

TEST_CASE("link makes a link that works once, like a mailed one, but proves nothing about the mail box", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  const auto made = world.run({"link", "ada@example.com"});
  CHECK_THAT(made.out, Contains("https://accounts.example.com/reset-password#token="));
  const auto token = hash_of_link(made.out);
  REQUIRE(world.stores.recovery.find_reset_token(token));
  CHECK(world.stores.recovery.was_issued(token));
  CHECK(world.stores.recovery.consume_reset_token(token, {"new hash"}, request()));
  CHECK_FALSE(world.stores.account("ada").user.is_verified);
  CHECK_FALSE(world.stores.recovery.consume_reset_token(token, {"newer hash"}, request()));
  CHECK_THAT(world.stores.database.dump(), !Contains(between(made.out, "#token=", "\n")));
}

TEST_CASE("an account that was verified stays so after a reset by the operator's link", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.database.execute("UPDATE users SET is_verified = true");
  REQUIRE(world.stores.recovery.consume_reset_token(hash_of_link(world.run({"link", "ada@example.com"}).out), {"new hash"},
                                                    request()));
  CHECK(world.stores.account("ada").user.is_verified);
}

TEST_CASE("a link of the operator's lives as long as the setting says, and dies with the account's password", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.values["RESET_PASSWORD_TOKEN_LIFETIME_SECONDS"] = "60";
  const auto made = world.run({"link", "ada@example.com", "--json"}).out;
  CHECK_THAT(made, Contains("\"expires_at\":\"2"));
  const auto token = sha256({as_bytes(between(made, "#token=", "\""))});
  SECTION("its time") {
    world.stores.let_pass("58 seconds");
    CHECK(world.stores.recovery.find_reset_token(token));
    world.stores.let_pass("2 seconds");
    CHECK_FALSE(world.stores.recovery.find_reset_token(token));
  }
  SECTION("another password") {
    world.stores.database.execute("UPDATE users SET password_hash = 'changed'");
    CHECK_FALSE(world.stores.recovery.find_reset_token(token));
  }
  SECTION("a disabled account") {
    world.run({"user", "disable", "ada@example.com"});
    CHECK_FALSE(world.stores.recovery.find_reset_token(token));
    const auto refused = world.run({"link", "ada@example.com"});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.out, Contains("disabled") && !Contains("token="));
  }
}

TEST_CASE("no link is made while RECOVERY is off: it would be refused", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.values["RECOVERY"] = "off";
  CHECK_THROWS_WITH(world.run({"link", "ada@example.com"}), Contains("RECOVERY is off"));
  CHECK(world.stores.database.number("SELECT count(*) AS x FROM reset_tokens") == 0);
}

TEST_CASE("a link of the operator's keeps no mail back: only a mailed link makes a request superfluous", "[desk_accounts]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.rules.per_long = 1;
  world.stores.rules.per_short = 1;
  world.stores.mail_link("ada");
  world.stores.database.execute("DELETE FROM reset_tokens");
  world.run({"link", "ada@example.com"});
  world.stores.let_pass("61 seconds");
  world.stores.forget("ada");
  CHECK(world.stores.claim().size() == 1);
}

TEST_CASE("the sample users are added once", "[desk_accounts]") {
  DeskWorld world;
  CHECK(world.run({"user", "sample"}).exit_code == 0);
  CHECK(world.stores.count("users WHERE NOT is_active") == 1);
  const auto again = world.run({"user", "sample"}).out;
  CHECK_THAT(again, Contains("not added: the address or the name is taken") && !Contains(" added\n"));
  CHECK(world.stores.count("users") == 3);
}

}  // namespace rekey::test
