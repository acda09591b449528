// Accounts of other products, through the ready files of templates/accounts: over tables as those products make them, and with no
// more rights than the files grant.
#include <algorithm>
#include <catch2/catch.hpp>

#include "origin/doctor/accounts_check.h"
#include "origin/doctor/database_check.h"
#include "origin/postgres/account_source.h"
#include "origin/system/system_clock.h"
#include "tests/origin/account_files.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/foreign_world.h"

namespace rekey::test {
namespace {

constexpr const char* kNew = "$argon2id$v=19$m=19456,t=2,p=1$bmV3bmV3bmV3bmV3bmV3bg$bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU";

const std::string kOfDjango =
    "INSERT INTO public.auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, "
    "date_joined, "
    "last_login) VALUES ";

std::vector<Finding> findings_of(const Adopted& adopted) {
  const auto settings = doctor_settings({{"DATABASE_URL", adopted.url()}});
  auto findings = examine_database(settings, SystemClock()).findings;
  for (auto& finding : examine_accounts(settings)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

TEST_CASE("Django: a reset sets the hash and nothing else", "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango +
                           "(7, 'old', false, 'ada', 'Ada', 'L', 'Ada@Example.com', true, true, now(), NULL), "
                           "(8, 'other', false, 'alan', '', '', 'alan@example.com', false, true, now(), NULL)");
  Stores stores(adopted);
  const std::string rest =
      "SELECT md5(string_agg((to_jsonb(u) - 'password')::text || CASE id WHEN 8 THEN password ELSE '' END, ' ' ORDER BY id)) AS "
      "x "
      "FROM public.auth_user u";
  const auto before = adopted.database.text(rest);
  const auto account = stores.accounts.find_account(email("ada@example.com"));
  REQUIRE(account);
  CHECK(account->user.id == "7");
  CHECK(account->user.email == "Ada@Example.com");
  CHECK(stores.reset("ada@example.com", kNew));
  CHECK(adopted.database.text("SELECT password AS x FROM public.auth_user WHERE id = 7") == kNew);
  CHECK(adopted.database.text(rest) == before);
  CHECK(causes_in(findings_of(adopted)) == "");
}

TEST_CASE("Django: of accounts with one address the oldest that may log in gets the mail, whoever signs up or logs in later",
          "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango +
                           "(1, 'h', false, 'a1', '', '', 'a@example.com', false, false, now() - interval '9 days', now()), "
                           "(2, 'h', false, 'a2', '', '', 'A@example.com', false, true, now() - interval '2 days', NULL), "
                           "(3, 'h', false, 'a3', '', '', 'a@example.com', false, true, now() - interval '1 day', now())");
  Stores stores(adopted);
  const auto delivery = stores.ask("a@example.com");
  REQUIRE(delivery);
  CHECK(delivery->user->id == "2");
  CHECK(causes_in(findings_of(adopted)) == "");
}

TEST_CASE("Django: a password that is empty or begins with ! is none, as Django itself sees it", "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango +
                           "(1, '!' || repeat('x', 40), false, 'a', '', '', 'a@example.com', false, true, now(), NULL), "
                           "(2, '!', false, 'b', '', '', 'b@example.com', false, true, now(), NULL), "
                           "(3, '!bcrypt_sha256$disabled', false, 'c', '', '', 'c@example.com', false, true, now(), NULL), "
                           "(4, '', false, 'd', '', '', 'd@example.com', false, true, now(), NULL)");
  Stores stores(adopted);
  for (const char name : {'a', 'b', 'c', 'd'}) {
    const auto delivery = stores.ask(std::string(1, name) + "@example.com");
    REQUIRE(delivery);
    CHECK_FALSE(delivery->user->has_password);
  }
}

TEST_CASE("Django: an account that the operator made wait for a reset has a password", "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango + "(2, 'h', false, 'b', '', '', 'b@example.com', false, true, now(), NULL)");
  Stores stores(adopted);
  using enum PostgresOperatorAccounts::Required;
  CHECK(stores.operators.require_reset("2", {"$argon2id$of$nobody"}, {request().request_id, "a test"}) == kDone);
  const auto waiting = stores.ask("b@example.com");
  REQUIRE(waiting);
  CHECK(waiting->user->has_password);
}

TEST_CASE("an id may be any bigint: the accounts of the first and the last get their links", "[foreign_accounts]") {
  const Adopted adopted("laravel");
  adopted.database.execute(
      "INSERT INTO public.users (id, name, email, password) VALUES (9223372036854775807, 'A', 'a@example.com', 'old'), "
      "(-9223372036854775808, 'B', 'b@example.com', 'old')");
  Stores stores(adopted);
  for (const char name : {'a', 'b'}) {
    const auto delivery = stores.ask(std::string(1, name) + "@example.com");
    REQUIRE(delivery);
    CHECK(stores.recovery.consume_reset_token(hash_of_plan(delivery->token), {kNew}, request()));
  }
  CHECK(adopted.database.number("SELECT count(rekey.as_bigint(id)) AS x FROM unnest(ARRAY['9223372036854775808', '-', '']) id") ==
        0);
}

TEST_CASE("Laravel: a reset ends the account's sessions and remember_token, in its own transaction, and no others",
          "[foreign_accounts]") {
  const Adopted adopted("laravel");
  adopted.database.execute(
      "INSERT INTO public.users (id, name, email, password, remember_token) VALUES (1, 'Visit evil.example', 'Ada@example.com', "
      "'old', "
      "'r1'), (2, 'B', 'b@example.com', 'old', 'r2');"
      "INSERT INTO public.sessions SELECT 's' || n, 1 + n % 2, NULL, NULL, '', 0 FROM generate_series(1, 10) n");
  Stores stores(adopted);
  const auto delivery = stores.ask("ada@example.com");
  REQUIRE(delivery);
  CHECK(delivery->user->username == "");
  CHECK(stores.recovery.consume_reset_token(hash_of_plan(delivery->token), {kNew}, request()));
  CHECK(adopted.database.number("SELECT count(*) AS x FROM public.sessions WHERE user_id = 1") == 0);
  CHECK(adopted.database.number("SELECT count(*) AS x FROM public.sessions WHERE user_id = 2") == 5);
  CHECK(adopted.database.number(
            "SELECT count(*) AS x FROM public.users WHERE id = 1 AND password = '" + std::string(kNew) +
            "' AND length(remember_token) = 60 AND email_verified_at IS NOT NULL AND updated_at IS NOT NULL") == 1);
  CHECK(adopted.database.number(
            "SELECT count(*) AS x FROM public.users WHERE id = 2 AND password = 'old' AND remember_token = 'r2' AND "
            "email_verified_at IS NULL") == 1);
  CHECK(causes_in(findings_of(adopted)) == "");
}

TEST_CASE("Laravel: of accounts with one address the oldest gets the mail", "[foreign_accounts]") {
  const Adopted adopted("laravel");
  adopted.database.execute(
      "INSERT INTO public.users (name, email, password) VALUES ('Owner', 'Ada@example.com', 'h'), ('Stranger', "
      "'ada@example.com', 'h')");
  const auto delivery = Stores(adopted).ask("ada@example.com");
  REQUIRE(delivery);
  CHECK(delivery->user->email == "Ada@example.com");
}

TEST_CASE("Laravel: its own reset link of before dies with a reset, and no other one", "[foreign_accounts]") {
  const Adopted adopted("laravel");
  adopted.database.execute(
      "INSERT INTO public.users (name, email, password) VALUES ('A', 'Ada@example.com', 'h');"
      "INSERT INTO public.password_reset_tokens VALUES ('Ada@example.com', 't', now()), ('b@example.com', 't', now())");
  CHECK(Stores(adopted).reset("ada@example.com", kNew));
  CHECK(adopted.database.text("SELECT string_agg(email, ' ') AS x FROM public.password_reset_tokens") == "b@example.com");
}

TEST_CASE("better-auth: its own reset link of before dies with a reset, and no other one", "[foreign_accounts]") {
  const Adopted adopted("better-auth");
  adopted.database.execute(
      "INSERT INTO public.\"user\" (id, name, email, \"emailVerified\") VALUES ('Ua', 'A', 'a@example.com', false);"
      "INSERT INTO public.verification (id, identifier, value, \"expiresAt\") VALUES ('1', 'reset-password:t', 'Ua', now()), "
      "('2', 'hashed', 'Ua', now()), ('3', 'reset-password:u', 'Ub', now()), ('4', 'state', repeat('long', 2000), now())");
  CHECK(Stores(adopted).reset("a@example.com", kNew));
  CHECK(adopted.database.text("SELECT string_agg(id, ' ' ORDER BY id) AS x FROM public.verification") == "3 4");
}

TEST_CASE("better-auth: an index that is there under another name is not made again", "[foreign_accounts]") {
  const Adopted adopted("better-auth");
  const std::string count = "SELECT count(*) AS x FROM pg_indexes WHERE schemaname = 'public'";
  const auto before = adopted.database.number(count);
  adopted.database.execute("ALTER INDEX public.\"account_userId_idx\" RENAME TO theirs");
  adopted.database.execute(adopters_script("better-auth"));
  CHECK(adopted.database.number(count) == before);
}

TEST_CASE("Rekey's own functions come back by their file, as the schema makes them", "[foreign_accounts]") {
  const TestDatabase fresh;
  const std::string all =
      "SELECT md5(string_agg(pg_get_functiondef(p.oid), ' ' ORDER BY p.proname)) AS x FROM pg_proc p WHERE p.pronamespace = "
      "'rekey'::regnamespace";
  const Adopted adopted("django");
  CHECK(adopted.database.text(all) != fresh.text(all));
  adopted.database.execute(adopters_script("rekey"));
  if (accounts_under_test().empty()) CHECK(adopted.database.text(all) == fresh.text(all));
}

TEST_CASE("an account without a password does not get one by being made to wait for a reset", "[foreign_accounts]") {
  const Adopted adopted("better-auth");
  adopted.database.execute(
      "INSERT INTO public.\"user\" (id, name, email, \"emailVerified\") VALUES ('Ub', 'B', 'b@example.com', false)");
  Stores stores(adopted);
  using enum PostgresOperatorAccounts::Required;
  CHECK(stores.operators.require_reset("Ub", {"unmatched"}, {request().request_id, "a test"}) == kNoPassword);
  CHECK(stores.operators.require_reset("Ux", {"unmatched"}, {request().request_id, "a test"}) == kNoAccount);
  CHECK(adopted.database.number("SELECT count(*) AS x FROM public.account") == 0);
}

TEST_CASE("over another product's accounts nobody is registered in a table that no log-in reads", "[foreign_accounts]") {
  const Adopted adopted("django");
  Stores stores(adopted);
  CHECK_FALSE(stores.accounts.insert_user({Username::parse("ada").value(), email("ada@example.com"), PasswordHash{"h"}, "en"},
                                          request()));
  CHECK(adopted.database.number("SELECT count(*) AS x FROM rekey.users") == 0);
}

TEST_CASE("the store tells that another product keeps its hashes", "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango + "(7, 'old', false, 'ada', '', '', 'ada@example.com', true, true, now(), NULL)");
  CHECK(Stores(adopted).accounts.find_account(email("ada@example.com"))->keeper == HashKeeper::kProduct);
}

TEST_CASE("Devise: a reset ends Devise's own link and its remembering", "[foreign_accounts]") {
  const Adopted adopted("devise");
  adopted.database.execute(
      "INSERT INTO public.users (email, encrypted_password, reset_password_token, reset_password_sent_at, remember_created_at, "
      "created_at, "
      "updated_at) VALUES ('ada@example.com', 'old', 't', now(), now(), now(), now()), ('b@example.com', '', NULL, NULL, NULL, "
      "now(), now())");
  Stores stores(adopted);
  CHECK(stores.reset("ada@example.com", kNew));
  CHECK(adopted.database.number(
            "SELECT count(*) AS x FROM public.users WHERE encrypted_password = '" + std::string(kNew) +
            "' AND reset_password_token IS NULL AND reset_password_sent_at IS NULL AND remember_created_at IS NULL") == 1);
  const auto without = stores.ask("b@example.com");
  REQUIRE(without);
  CHECK_FALSE(without->user->has_password);
  CHECK(causes_in(findings_of(adopted)) == "");
}

TEST_CASE("better-auth: the hash stands in another table, which gets a row for a first password", "[foreign_accounts]") {
  const Adopted adopted("better-auth");
  adopted.database.execute(
      "INSERT INTO public.\"user\" (id, name, email, \"emailVerified\") VALUES ('Ua', 'A', 'a@example.com', false), "
      "('Ub', 'B', 'b@example.com', false);"
      "INSERT INTO public.account (id, \"accountId\", \"providerId\", \"userId\", password, \"updatedAt\") VALUES "
      "('1', 'Ua', 'credential', 'Ua', 'old', now()), ('2', '77', 'google', 'Ub', NULL, now()), ('3', '78', 'github', 'Ub', "
      "NULL, now());"
      "INSERT INTO public.session (id, \"expiresAt\", token, \"updatedAt\", \"userId\") VALUES ('s1', now(), 't1', now(), 'Ua'), "
      "('s2', now(), 't2', now(), 'Ub')");
  Stores stores(adopted);
  const auto hashes = [&] {
    return adopted.database.text(
        "SELECT string_agg(\"userId\" || ' ' || \"providerId\" || ' ' || coalesce(password, '-'), ', ' ORDER BY \"userId\", "
        "\"providerId\") "
        "AS x FROM public.account");
  };
  CHECK(causes_in(findings_of(adopted)) == "");
  CHECK(stores.reset("a@example.com", "new1"));
  CHECK(hashes() == "Ua credential new1, Ub github -, Ub google -");
  CHECK(adopted.database.text("SELECT string_agg(id, ' ') AS x FROM public.session") == "s2");
  const auto without = stores.ask("b@example.com");
  REQUIRE(without);
  CHECK_FALSE(without->user->has_password);
  CHECK(without->user->sign_in_with == "Github, Google");
  CHECK(stores.recovery.consume_reset_token(hash_of_plan(without->token), {"first"}, request()));
  CHECK(hashes() == "Ua credential new1, Ub credential first, Ub github -, Ub google -");
  CHECK(adopted.database.number("SELECT count(*) AS x FROM public.\"user\" WHERE \"emailVerified\"") == 2);
}

TEST_CASE("an address that is equal by another product's rules for case, and not by ASCII's, gets nothing",
          "[foreign_accounts]") {
  const Adopted adopted("shop");
  // The Kelvin sign, which is a k in lower case.
  adopted.database.execute("INSERT INTO shop.person (mail) VALUES (U&'\\212Ate@example.com')");
  Stores stores(adopted);
  CHECK_FALSE(stores.ask("kate@example.com"));
  CHECK_FALSE(stores.accounts.find_account(email("kate@example.com")));
  CHECK(adopted.database.text("SELECT state AS x FROM reset_requests") == "no_account");
}

TEST_CASE("what only Rekey's own accounts allow is refused by name over those of another product", "[foreign_accounts]") {
  const Adopted adopted("django");
  Stores stores(adopted);
  const auto says_why = Catch::Contains("the accounts are those of Django: Rekey can't ");
  CHECK_THROWS_WITH(stores.operators.list({}, {}), says_why);
  CHECK_THROWS_WITH(stores.operators.set_standing("1", Standing::kInactive, {"r", "a test"}), says_why);
  CHECK_THROWS_WITH(stores.operators.remove("1", {"r", "a test"}), says_why);
  CHECK(foreign_accounts(stores.pool) == "Django");
}

TEST_CASE("the origin knows the kinds of another product's hashes from its start, each once", "[foreign_accounts]") {
  const Adopted adopted("django");
  Stores stores(adopted);
  CHECK(stores.accounts.list_hash_beginnings(10).empty());
  adopted.database.execute(
      kOfDjango +
      "(1001, 'pbkdf2_sha256$600000$' || repeat('s', 22) || '$' || repeat('h', 43) || '=', false, 'a', '', '', 'a', false, "
      "true, now(), NULL), "
      "(1002, 'bcrypt_sha256$$2b$12$' || repeat('s', 53), false, 'b', '', '', 'b', false, true, now(), NULL), "
      "(1003, '!' || repeat('x', 40), false, 'c', '', '', 'c', false, true, now(), NULL), "
      "(1004, 'unknown', false, 'd', '', '', 'd', false, true, now(), NULL);"
      "INSERT INTO public.auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, "
      "date_joined) SELECT password, false, 'n' || n, '', '', '', false, true, now() FROM public.auth_user, "
      "generate_series(1, 100) n WHERE id = 1001");
  auto kinds = stores.accounts.list_hash_beginnings(10);
  std::ranges::sort(kinds);
  CHECK(kinds == std::vector<std::string>{"bcrypt_sha256$$2b$12$", "pbkdf2_sha256$600000$"});
  CHECK(stores.accounts.list_hash_beginnings(1).size() == 1);
}

TEST_CASE("ids that are none of the table's name no account", "[foreign_accounts]") {
  const Adopted adopted("django");
  Stores stores(adopted);
  for (const std::string id : {"", "x", "-1", "1.5", "99999999999999999999", "0e8400f2-0000-4000-8000-00000000abcd"}) {
    CHECK_FALSE(stores.operators.find_by_id(id));
    CHECK_FALSE(stores.operators.show(id));
  }
}

TEST_CASE("a text as long as a UUID that is none names no account", "[foreign_accounts]") {
  const TestDatabase database;
  PostgresPool pool({.database_url = database.origin_url(), .size = 1});
  CHECK_FALSE(PostgresOperatorAccounts(pool).find_by_id("0e8400f2-0000-4000-8000-00000000abcx"));
}

TEST_CASE("a password that no row took is not told as set", "[foreign_accounts]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango + "(7, 'old', false, 'ada', '', '', 'ada@example.com', true, true, now(), NULL)");
  adopted.database.execute(
      "CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text "
      "LANGUAGE sql VOLATILE ROWS 1 AS $$ SELECT ''::text WHERE false $$");
  Stores stores(adopted);
  const auto delivery = stores.ask("ada@example.com");
  REQUIRE(delivery);
  CHECK_THROWS_AS(stores.recovery.consume_reset_token(hash_of_plan(delivery->token), {kNew}, request()), Unavailable);
  CHECK(stores.recovery.find_reset_token(hash_of_plan(delivery->token)));
}

TEST_CASE("what runs after a new password is part of its transaction: if it fails nothing is set, and the link lives",
          "[foreign_accounts]") {
  const Adopted adopted("laravel");
  adopted.database.execute("INSERT INTO public.users (name, email, password) VALUES ('A', 'ada@example.com', 'old')");
  adopted.database.execute("REVOKE DELETE ON public.sessions FROM rekey_origin");
  Stores stores(adopted);
  const auto delivery = stores.ask("ada@example.com");
  REQUIRE(delivery);
  CHECK_THROWS_AS(stores.recovery.consume_reset_token(hash_of_plan(delivery->token), {kNew}, request()), Unavailable);
  CHECK(adopted.database.text("SELECT password AS x FROM public.users") == "old");
  CHECK(stores.recovery.find_reset_token(hash_of_plan(delivery->token)));
}

TEST_CASE("search_path in DATABASE_URL is kept beside our own settings", "[foreign_accounts][postgres_connection]") {
  const TestDatabase database;
  const bool is_uri = database.url().find("://") != std::string::npos;
  PostgresPool pool(
      {.database_url = database.url() + (is_uri ? "&options=-c%20search_path%3Dshop" : " options='-c search_path=shop'")});
  static constexpr SqlStatement kPath{"test_path",
                                      "SELECT current_setting('search_path') || ' ' || current_setting('lock_timeout') AS x"};
  CHECK(pool.run(kPath)[0].text("x") == "shop 1500ms");
}

TEST_CASE("with a million accounts each look-up of a foreign table, and all of a reset, goes by an index",
          "[foreign_accounts][million]") {
  const Adopted adopted("django");
  adopted.database.execute(kOfDjango +
                           "(0, 'old', false, 'ada', '', '', 'ada@example.com', true, true, now(), NULL);"
                           "INSERT INTO public.auth_user (id, password, is_superuser, username, first_name, last_name, email, "
                           "is_staff, is_active, date_joined) "
                           "SELECT n, 'h' || n, false, 'u' || n, '', '', 'User' || n || '@example.com', false, true, now() FROM "
                           "generate_series(1, 1000000) n;"
                           "ANALYZE public.auth_user");
  Stores stores(adopted);
  static constexpr SqlStatement kFlush{"test_flush", "SELECT pg_stat_force_next_flush()"};
  static constexpr SqlStatement kRead{
      "test_read",
      "SELECT seq_tup_read::bigint AS x, idx_tup_fetch::bigint AS fetched FROM pg_stat_user_tables WHERE relname = 'auth_user'"};
  const auto deepest = [&](const std::string& call, std::size_t from_end) {
    const auto plan = adopted.database.query("EXPLAIN (COSTS OFF) SELECT * FROM " + call);
    return plan[plan.size() - from_end].text("QUERY PLAN");
  };
  CHECK_THAT(deepest("rekey.account_by_id('4711')", 2), Catch::Contains("Index Scan using auth_user_pkey"));
  CHECK_THAT(deepest("rekey.account_by_address('user4711@example.com')", 2),
             Catch::Contains("Index Scan using auth_user_rekey_address"));
  const auto flush = [&] {
    for (int i = 0; i < 2; ++i) {
      stores.pool.run(kFlush);
      stores.worker_pool.run(kFlush);
    }
  };
  flush();
  const auto before = stores.pool.run(kRead)[0].integer("x");
  const auto fetched = stores.pool.run(kRead)[0].integer("fetched");
  const RequestInfo by = request();
  const auto delivery = stores.ask("user4711@example.com");
  REQUIRE(delivery);
  CHECK(stores.recovery.consume_reset_token(hash_of_plan(delivery->token), {kNew}, by));
  CHECK(stores.recovery.find_reset(by) == "User4711@example.com");
  CHECK_FALSE(stores.ask("nobody@example.com"));
  REQUIRE(stores.accounts.find_account(email("user4711@example.com")));
  flush();
  CHECK(stores.pool.run(kRead)[0].integer("x") == before);
  CHECK(stores.pool.run(kRead)[0].integer("fetched") - fetched < 100);
  CHECK(causes_in(findings_of(adopted)) == "");
}

}  // namespace rekey::test
