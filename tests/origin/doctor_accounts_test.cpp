// One adopter's file for each fault that `rekey-origin doctor` tells apart in the functions that reach accounts.
#include <catch2/catch.hpp>

#include "origin/doctor/accounts_check.h"
#include "tests/origin/account_files.h"
#include "tests/origin/database.h"
#include "tests/origin/doctor_world.h"

namespace rekey::test {
namespace {

// Accounts of another product, with one account that doctor tries.
struct Shop {
  TestDatabase database;

  Shop() {
    database.adopt("shop");
    database.execute(
        "INSERT INTO shop.person (mail) VALUES ('Ada@example.com'); INSERT INTO shop.secret SELECT id, 'h' FROM shop.person");
  }

  std::vector<Finding> findings(const std::string& user = "") const {
    const bool is_uri = database.url().find("://") != std::string::npos;
    const auto url = user.empty() ? database.url() : database.url() + (is_uri ? "&user=" : " user=") + user;
    return examine_accounts(doctor_settings({{"DATABASE_URL", url}}));
  }
  std::string cause() const { return causes_in(findings()); }

  // The row of an account, with `address` and `standing` as expressions over shop.person p.
  static std::string rows(const std::string& address, const std::string& condition,
                          const std::string& standing = "NOT p.locked") {
    return "SELECT p.id::text, NULL::text, " + address + ", NULL::text, " + standing +
           ", true, false, (SELECT s.hash::text FROM shop.secret s WHERE s.person = p.id), NULL::text, NULL::timestamptz FROM "
           "shop.person p "
           "WHERE " +
           condition;
  }
  void look_up(const std::string& function, const std::string& traits, const std::string& query) const {
    const std::string parameter = function == "account_by_id" ? "id" : "address";
    database.execute("CREATE OR REPLACE FUNCTION rekey." + function + "(" + parameter +
                     " text) RETURNS SETOF rekey.account LANGUAGE sql " + traits + " AS $$ " + query + " $$");
  }
};

constexpr const char* kById = "p.id = rekey.as_uuid($1)";

}  // namespace

TEST_CASE("doctor finds nothing wrong with Rekey's own accounts, nor with a good file, and leaves all as it was",
          "[doctor][doctor_accounts]") {
  const TestDatabase own;
  const auto findings = examine_accounts(doctor_settings({{"DATABASE_URL", own.url()}}));
  CHECK(causes_in(findings) == "");
  CHECK(findings.at(0).text == "Rekey's own");
  const Shop shop;
  shop.database.execute("INSERT INTO shop.visit (person) SELECT id FROM shop.person");
  const std::string all =
      "SELECT md5((SELECT string_agg(p::text, ' ') FROM shop.person p) || (SELECT string_agg(s::text, ' ') FROM shop.secret s) "
      "|| "
      "(SELECT count(*) FROM shop.visit)) AS x";
  const auto before = shop.database.text(all);
  CHECK(shop.cause() == "");
  CHECK(shop.findings().at(0).text == "the shop");
  CHECK(shop.database.text(all) == before);
}

TEST_CASE("doctor notes that there is no account to try", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute("DELETE FROM shop.person");
  CHECK(shop.cause() == "(empty)");
}

TEST_CASE("broken: a function or a table of the accounts is missing", "[doctor][doctor_accounts]") {
  const Shop shop;
  SECTION("a function") { shop.database.execute("DROP FUNCTION rekey.lock_free_accounts"); }
  SECTION("a table") { shop.database.execute("ALTER TABLE shop.secret RENAME TO secrets"); }
  SECTION("a column") { shop.database.execute("ALTER TABLE shop.secret RENAME hash TO digest"); }
  CHECK(shop.cause() == "missing");
}

TEST_CASE("broken: the user lacks a right on the accounts", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute(rights_script());
  shop.database.execute("REVOKE DELETE ON shop.visit FROM rekey_origin");
  const auto findings = shop.findings("rekey_origin");
  CHECK(causes_in(findings) == "rights");
  CHECK_THAT(texts_in(findings), Catch::Contains("after_password()"));
  shop.database.execute("GRANT DELETE ON shop.visit TO rekey_origin");
  CHECK(causes_in(shop.findings("rekey_origin")) == "");
}

TEST_CASE("broken: a look-up that PostgreSQL can't put in place of its call", "[doctor][doctor_accounts]") {
  const Shop shop;
  const std::string traits = GENERATE("VOLATILE", "STABLE STRICT", "STABLE SECURITY DEFINER", "STABLE SET search_path = shop");
  INFO(traits);
  shop.look_up("account_by_id", traits, Shop::rows("p.mail::text", kById));
  const auto findings = shop.findings();
  CHECK(causes_in(findings) == "not_inlined");
  CHECK_THAT(texts_in(findings), Catch::Contains("account_by_id()"));
}

TEST_CASE("broken: no index serves a look-up", "[doctor][doctor_accounts]") {
  const Shop shop;
  SECTION("by address") { shop.look_up("account_by_address", "STABLE", Shop::rows("p.mail::text", "lower(p.mail::text) = $1")); }
  SECTION("by id") { shop.look_up("account_by_id", "STABLE", Shop::rows("p.mail::text", "p.id::text = $1")); }
  SECTION("an index that is walked from end to end") {
    shop.look_up("account_by_id", "STABLE", Shop::rows("p.mail::text", "p.id::text = $1 ORDER BY p.id LIMIT 1"));
  }
  CHECK(shop.cause() == "no_index");
}

TEST_CASE("broken: no index serves what runs after a password is set", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute("DROP INDEX shop.visit_person_idx");
  const auto findings = shop.findings();
  CHECK(causes_in(findings) == "no_index");
  CHECK_THAT(texts_in(findings), Catch::Contains("shop.visit"));
}

TEST_CASE("broken: the look-ups return another account, or not the whole of it", "[doctor][doctor_accounts]") {
  const Shop shop;
  SECTION("of another id") {
    shop.look_up("account_by_id", "STABLE",
                 "SELECT 'x', NULL::text, '', NULL::text, true, true, false, ''::text, NULL::text, NULL::timestamptz "
                 "FROM shop.person p WHERE p.id = rekey.as_uuid($1)");
    CHECK(shop.cause() == "id");
  }
  SECTION("without an address") {
    shop.look_up("account_by_id", "STABLE", Shop::rows("NULL::text", kById));
    CHECK(shop.cause() == "null");
  }
  SECTION("by another spelling of the address") {
    shop.look_up("account_by_address", "STABLE",
                 Shop::rows("p.mail::text", "p.mail OPERATOR(public.=) ($1 || 'x')::public.citext"));
    CHECK(shop.cause() == "address");
  }
  SECTION("active by one, not by the other") {
    shop.look_up("account_by_id", "STABLE", Shop::rows("p.mail::text", kById, "false"));
    CHECK(shop.cause() == "differs");
  }
}

TEST_CASE("broken: a lock that does not hold", "[doctor][doctor_accounts]") {
  const Shop shop;
  SECTION("the row of the hash stays free") {
    shop.database.execute(
        "CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$ "
        "SELECT p.id::text FROM shop.person p WHERE p.id = rekey.as_uuid($1) FOR NO KEY UPDATE $$");
  }
  SECTION("nothing is passed over") {
    shop.database.execute(
        "CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE sql "
        "VOLATILE AS $$ SELECT unnest($1) $$");
  }
  CHECK(shop.cause() == "lock");
}

TEST_CASE("broken: a lock of many accounts that locks nothing, though it passes over what is locked",
          "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute(
      "CREATE EXTENSION pgrowlocks SCHEMA public; CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) "
      "RETURNS "
      "SETOF text LANGUAGE sql VOLATILE AS $$ SELECT p.id::text FROM shop.person p WHERE p.id::text = ANY ($1) AND p.ctid NOT IN "
      "(SELECT locked_row FROM public.pgrowlocks('shop.person')) LIMIT $2 $$");
  const auto findings = shop.findings();
  CHECK(causes_in(findings) == "lock");
  CHECK_THAT(texts_in(findings), Catch::Contains("lock_free_accounts()"));
}

TEST_CASE("broken: a lock of one account that covers its hash and not its address", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute(
      "CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$ "
      "SELECT s.person::text FROM shop.secret s WHERE s.person = rekey.as_uuid($1) FOR NO KEY UPDATE $$");
  CHECK(shop.cause() == "lock");
}

TEST_CASE("broken: a hash of PASSWORD_FORMAT has no room in the column, where shorter ones have", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute("DROP VIEW as_users.users; ALTER TABLE shop.secret ALTER hash TYPE varchar(128)");
  CHECK(shop.cause() == "");
  CHECK(causes_in(examine_accounts(
            doctor_settings({{"DATABASE_URL", shop.database.url()}, {"PASSWORD_FORMAT", "better-auth"}}))) == "column");
}

TEST_CASE("broken: no stored hash has the form that would be written", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute("UPDATE shop.secret SET hash = '$2a$10$' || repeat('a', 53)");
  CHECK(shop.cause() == "format");
  const auto with_format = [&](const std::string& format) {
    return causes_in(examine_accounts(doctor_settings({{"DATABASE_URL", shop.database.url()}, {"PASSWORD_FORMAT", format}})));
  };
  CHECK(with_format("bcrypt-2b") == "");
  CHECK(with_format("bcrypt-2y") == "(format)");  // PHP knows its own hashes by this letter
  CHECK(with_format("better-auth") == "(format)");
}

TEST_CASE("doctor notes that the account it tried has no address", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute("UPDATE shop.person SET mail = ''");
  CHECK(shop.cause() == "(address)");
}

TEST_CASE("doctor blames no file for an account that somebody is using", "[doctor][doctor_accounts]") {
  const Shop shop;
  PostgresConnection other(shop.database.url());
  other.begin();
  other.run_script("SELECT 1 FROM shop.person FOR UPDATE");
  CHECK(shop.cause() == "(busy)");
}

TEST_CASE("broken: a password that is not set, or cut", "[doctor][doctor_accounts]") {
  const Shop shop;
  SECTION("elsewhere") {
    shop.database.execute(
        "CREATE OR REPLACE FUNCTION rekey.set_password(id text, new_hash text, reads_address boolean) RETURNS SETOF text "
        "LANGUAGE sql VOLATILE AS $$ UPDATE shop.secret SET person = person WHERE person = rekey.as_uuid($1) "
        "RETURNING person::text $$");
    CHECK(shop.cause() == "set_password");
  }
  SECTION("a column of sixty characters") {
    shop.database.execute("DROP VIEW as_users.users; ALTER TABLE shop.secret ALTER hash TYPE varchar(60)");
    CHECK(shop.cause() == "column");
  }
}

TEST_CASE("broken: a function fails for a reason of its own, which its SQLSTATE names", "[doctor][doctor_accounts]") {
  const Shop shop;
  shop.database.execute(
      "CREATE OR REPLACE FUNCTION rekey.lock_account(id text) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$ "
      "BEGIN RAISE EXCEPTION 'not today'; END $$");
  const auto findings = shop.findings();
  CHECK(causes_in(findings) == "fails");
  CHECK_THAT(texts_in(findings), Catch::Contains("lock_account() (SQLSTATE P0001)"));
}

}  // namespace rekey::test
