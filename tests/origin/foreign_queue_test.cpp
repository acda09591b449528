// The mail queue over accounts of another product: its files may be slow, or fail for one account, and still nobody else waits.
#include <algorithm>

#include "tests/origin/foreign_world.h"

namespace rekey::test {
namespace {

constexpr int kAccounts = 20000;

// Adds accounts u1@example.com and so on, as the product stores them.
std::string rows_of(const std::string& product) {
  const std::string series = " FROM generate_series(1, " + std::to_string(kAccounts) + ") n";
  if (product == "django") {
    return "INSERT INTO public.auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, "
           "date_joined) SELECT 'h', false, 'u' || n, '', '', 'U' || n || '@example.com', false, true, now()" +
           series;
  }
  if (product == "laravel")
    return "INSERT INTO public.users (name, email, password) SELECT 'u', 'U' || n || '@example.com', 'h'" + series;
  if (product == "devise") {
    return "INSERT INTO public.users (email, encrypted_password, created_at, updated_at) SELECT 'u' || n || '@example.com', 'h', "
           "now(), now()" +
           series;
  }
  if (product == "better-auth") {
    return "INSERT INTO public.\"user\" (id, name, email, \"emailVerified\") SELECT 'i' || n, 'u', 'u' || n || '@example.com', "
           "false" +
           series +
           "; INSERT INTO public.account (id, \"accountId\", \"providerId\", \"userId\", password, \"updatedAt\") SELECT 'a' || "
           "n, 'i' || n, "
           "'credential', 'i' || n, 'h', now()" +
           series;
  }
  return "INSERT INTO shop.person (mail) SELECT 'U' || n || '@example.com'" + series +
         "; INSERT INTO shop.secret SELECT id, 'h' FROM shop.person";
}

struct Queue : Adopted, Stores {
  explicit Queue(const std::string& product) : Adopted(product), Stores(static_cast<const Adopted&>(*this)) {}

  void forget(const std::string& address) { recovery.insert_reset_request(email(address), ForgotMark::kNone, request()); }

  // The addresses that are mailed in one round, in order.
  std::string mailed() {
    outbox.decide(rules, hash_of_plan, random);
    std::string addresses;
    for (const Delivery& delivery : outbox.claim(rules).deliveries) {
      if (delivery.user) addresses += (addresses.empty() ? "" : " ") + delivery.user->email;
    }
    return addresses;
  }

  std::string state_of(const std::string& address) const {
    return database.text("SELECT state AS x FROM rekey.reset_requests WHERE email = '" + address + "'");
  }

  // Replaces a look-up of the shop by one that ends with this condition or term.
  void look_up(const std::string& function, const std::string& source, const std::string& condition) const {
    const std::string parameter = function == "account_by_id" ? "id" : "address";
    database.execute("CREATE OR REPLACE FUNCTION rekey." + function + "(" + parameter +
                     " text) RETURNS SETOF rekey.account LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT p.id::text, NULL::text, "
                     "p.mail::text, NULL::text, true, true, false, 'h'::text, NULL::text, NULL::timestamptz FROM " +
                     source + " WHERE " + condition + " $$");
  }
};

constexpr const char* kByMail = "p.mail OPERATOR(public.=) $1::public.citext";

}  // namespace

TEST_CASE("the worker reads no table of another product whole, whatever collation the queue's addresses have",
          "[foreign_accounts][foreign_queue]") {
  const std::string product = GENERATE("django", "laravel", "devise", "better-auth", "shop");
  INFO(product);
  Queue queue(product);
  queue.database.execute(rows_of(product));
  queue.database.execute("ANALYZE");
  for (int i = 1; i <= 50; ++i) queue.forget("u" + std::to_string(i * 100) + "@example.com");
  queue.forget("nobody@example.com");
  queue.rules.most = 64;
  static constexpr SqlStatement kFlush{"test_flush", "SELECT pg_stat_force_next_flush()"};
  const auto read = [&] {
    for (int i = 0; i < 2; ++i) queue.worker_pool.run(kFlush);
    return queue.database.number("SELECT sum(seq_tup_read)::bigint AS x FROM pg_stat_user_tables WHERE schemaname <> 'rekey'");
  };
  const auto before = read();
  const auto mailed = queue.mailed();
  CHECK(std::ranges::count(mailed, ' ') == 49);
  CHECK(read() - before < kAccounts);
}

TEST_CASE("an account that is found twice by its address gets its mail, and holds up nobody",
          "[foreign_accounts][foreign_queue]") {
  Queue queue("shop");
  queue.database.execute("INSERT INTO shop.person (mail) VALUES ('twice@example.com'), ('b@example.com')");
  queue.look_up("account_by_address", "shop.person p, generate_series(1, 2)", kByMail);
  queue.forget("twice@example.com");
  queue.forget("b@example.com");
  CHECK(queue.mailed() == "twice@example.com b@example.com");
}

TEST_CASE("an address for which the look-up fails is put off, and holds up nobody", "[foreign_accounts][foreign_queue]") {
  Queue queue("shop");
  queue.database.execute("INSERT INTO shop.person (mail) VALUES ('bad@example.com'), ('b@example.com'), ('c@example.com')");
  queue.look_up("account_by_address", "shop.person p",
                std::string(kByMail) +
                    " AND CASE p.mail::text WHEN 'bad@example.com' THEN 1 / (length(p.mail::text) - 15) = 0 ELSE true END");
  for (const std::string name : {"b", "bad", "c"}) queue.forget(name + "@example.com");
  CHECK(queue.mailed() == "b@example.com c@example.com");
  CHECK(queue.state_of("bad@example.com") == "queued");
  CHECK(queue.database.number("SELECT count(*) AS x FROM rekey.reset_requests WHERE due_at > now() + interval '50 seconds'") ==
        1);
  SECTION("and ends after a day") {
    queue.database.execute(
        "UPDATE rekey.reset_requests SET due_at = now(), requested_at = now() - interval '25 hours' WHERE due_at IS NOT NULL");
    CHECK(queue.mailed() == "");
    CHECK(queue.state_of("bad@example.com") == "expired_undelivered");
  }
}

TEST_CASE("a delivery whose account can't be looked up waits, and holds up nobody", "[foreign_accounts][foreign_queue]") {
  Queue queue("shop");
  queue.database.execute("INSERT INTO shop.person (mail) VALUES ('bad@example.com'), ('b@example.com')");
  queue.database.execute("INSERT INTO shop.secret SELECT id, 'h' FROM shop.person");
  queue.forget("bad@example.com");
  queue.forget("b@example.com");
  queue.outbox.decide(queue.rules, hash_of_plan, queue.random);
  queue.look_up("account_by_id", "shop.person p",
                "p.id = rekey.as_uuid($1) AND CASE p.mail::text WHEN 'bad@example.com' THEN 1 / (length(p.mail::text) - 15) = 0 "
                "ELSE true END");
  CHECK_THROWS_AS(queue.outbox.claim(queue.rules), Unavailable);
  CHECK(queue.mailed() == "b@example.com");
}

TEST_CASE("requests of an address that one look-up finds and the other does not end as those of no account",
          "[foreign_accounts][foreign_queue]") {
  Queue queue("shop");
  queue.database.execute(
      "INSERT INTO shop.person (mail, deleted_at) VALUES ('gone@example.com', now()), ('b@example.com', NULL)");
  SECTION("locked, but not there by its id") {}
  SECTION("nor locked") {
    queue.database.execute(
        "CREATE OR REPLACE FUNCTION rekey.lock_free_accounts(ids text[], most bigint) RETURNS SETOF text LANGUAGE plpgsql "
        "VOLATILE "
        "AS $f$ BEGIN RETURN QUERY SELECT p.id::text FROM shop.person p WHERE p.id::text = ANY ($1) AND p.deleted_at IS NULL FOR "
        "NO KEY UPDATE SKIP LOCKED; END $f$");
  }
  queue.look_up("account_by_address", "shop.person p", kByMail);
  queue.forget("gone@example.com");
  CHECK(queue.mailed() == "");
  CHECK(queue.state_of("gone@example.com") == "no_account");
  queue.forget("b@example.com");
  CHECK(queue.mailed() == "b@example.com");
}

TEST_CASE("a held account of another product is no contradiction: its request waits", "[foreign_accounts][foreign_queue]") {
  Queue queue("shop");
  queue.database.execute("INSERT INTO shop.person (mail) VALUES ('held@example.com')");
  queue.forget("held@example.com");
  PostgresConnection other(queue.database.url());
  other.begin();
  other.run_script("SELECT 1 FROM shop.person FOR UPDATE");
  CHECK(queue.mailed() == "");
  CHECK(queue.state_of("held@example.com") == "queued");
  other.roll_back();
  CHECK(queue.mailed() == "held@example.com");
}

}  // namespace rekey::test
