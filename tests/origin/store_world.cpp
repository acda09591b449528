#include "tests/origin/store_world.h"

#include <stdexcept>
#include <thread>

#include "shared/codec/encoding.h"
#include "shared/sha256.h"
#include "tests/origin/account_files.h"

namespace rekey::test {

namespace {

Sha256Digest hashed(std::uint64_t number, std::uint8_t kind) {
  ByteArray<9> bytes{kind};
  for (std::size_t i = 1; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * (i - 1)));
  return sha256({bytes});
}

}  // namespace

void NumberedRandom::fill(MutableBytes out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const Sha256Digest block = hashed(next_++, 'r');
    for (const std::uint8_t byte : block) {
      if (filled < out.size()) out[filled++] = byte;
    }
  }
}

EmailAddress email(const std::string& text) { return EmailAddress::parse(text).value(); }

RequestInfo request() {
  static std::atomic<std::uint64_t> next{0};
  const Sha256Digest digest = hashed(next++, 'q');
  return {.request_id = to_base64url(Bytes(digest).first(16)),
          .client_ip = "192.0.2.7",
          .user_agent = "Test/1.0",
          .country = "DE",
          .accept_language = "de, en;q=0.5"};
}

TokenHash hash_number(std::uint64_t number) { return hashed(number, 't'); }

TokenHash hash_of_plan(const TokenPlan& plan) {
  const std::string expiry = std::to_string(plan.expires_at);
  return sha256({plan.seed, as_bytes(expiry)});
}

StoreWorld::StoreWorld(std::size_t connections)
    : pool({.database_url = database.origin_url(), .size = connections, .timeouts = kPatient}),
      worker_pool(
          {.database_url = database.origin_url(), .size = connections, .timeouts = kPatient, .plans = PostgresPlans::kByIndex}) {}

std::string StoreWorld::add_user(const std::string& name) {
  if (!accounts_under_test().empty()) {
    return database.text("INSERT INTO users (username, email, password_hash) VALUES ('" + name + "', '" + name +
                         "@example.com', 'hash of " + name + "') RETURNING id::text AS x");
  }
  const auto user = accounts.insert_user(
      {Username::parse(name).value(), email(name + "@example.com"), PasswordHash{"hash of " + name}, "en"}, request());
  if (!user) throw std::logic_error("taken: " + name);
  return user->id;
}

Account StoreWorld::account(const std::string& name) { return accounts.find_account(email(name + "@example.com")).value(); }

bool StoreWorld::set_standing(const std::string& name, Standing standing) {
  const auto id = operators.find_by_address(email(name + "@example.com"));
  if (id && !accounts_under_test().empty()) {
    const std::string active = standing == Standing::kActive ? "true" : "false";
    database.execute("UPDATE users SET is_active = " + active + " WHERE id::text = '" + *id + "'");
    return true;
  }
  return id && operators.set_standing(*id, standing, {request().request_id, "a test"});
}

void StoreWorld::forget(const std::string& name) {
  recovery.insert_reset_request(email(name + "@example.com"), ForgotMark::kNone, request());
}

std::vector<Delivery> StoreWorld::claim(DeliveryKind kind) {
  outbox.decide(rules, hash_of_plan, random);
  std::vector<Delivery> wanted;
  for (const Delivery& delivery : outbox.claim(rules).deliveries) {
    if (!delivery.user) {
      end_rehearsal(delivery.lease);
    } else if (delivery.kind == kind) {
      wanted.push_back(delivery);
    } else {
      outbox.give_back(delivery.lease);
    }
  }
  return wanted;
}

std::string StoreWorld::settle(const Attempt& attempt) {
  for (;;) {
    const auto settled = outbox.settle(std::span(&attempt, 1));
    if (settled.at(0).kind == Settled::Kind::kDone) return settled[0].end ? std::string(row_of(*settled[0].end).state) : "";
    std::this_thread::yield();
  }
}

void StoreWorld::flood(const std::string& address, int count) {
  database.execute(
      "INSERT INTO reset_requests (request_id, email, state, queued_email, due_at, client_ip, user_agent, country, "
      "accept_language) "
      "SELECT gen_random_uuid()::text, address, 'queued', address, now(), '', '', '', '' FROM generate_series(1, " +
      std::to_string(count) + ") n, LATERAL (SELECT " + address + ") AS a (address)");
}

bool StoreWorld::is_idle() {
  return database.number(
             "SELECT (SELECT count(*) FROM reset_requests WHERE due_at <= now()) + (SELECT count(*) FROM deliveries WHERE due_at "
             "<= "
             "now() AND (leased_until IS NULL OR leased_until <= now())) AS x") == 0;
}

TokenHash StoreWorld::mail_link(const std::string& name) {
  forget(name);
  const auto deliveries = claim();
  if (deliveries.size() != 1) throw std::logic_error("nothing to mail for " + name);
  settle(deliveries[0].lease, MailVerdict::kTaken, 250);
  return hash_of_plan(deliveries[0].token);
}

std::string StoreWorld::states() {
  return database.text(
      "SELECT string_agg(coalesce((SELECT d.state FROM deliveries d WHERE d.reset_request = r.id AND d.ended_at IS NULL), "
      "r.state), "
      "' ' ORDER BY id) AS x FROM reset_requests r");
}

std::int64_t StoreWorld::count(const std::string& table_and_condition) {
  return database.number("SELECT count(*) AS x FROM " + table_and_condition);
}

void StoreWorld::let_pass(const std::string& interval) {
  const std::string span = "interval '" + interval + "'";
  const auto back = [&](const std::string& column) { return column + " = " + column + " - " + span; };
  database.execute("UPDATE reset_requests SET " + back("requested_at") + "," + back("due_at") + "," + back("waiting_since") +
                   "," + back("ended_at"));
  database.execute("UPDATE deliveries SET " + back("due_at") + "," + back("leased_until") + "," + back("first_try_at") + "," +
                   back("deliver_by") + "," + back("waiting_since") + "," + back("happened_at") + "," + back("token_expires_at") +
                   "," + back("ended_at"));
  database.execute("UPDATE delivery_attempts SET " + back("at"));
  database.execute("UPDATE reset_tokens SET " + back("created_at") + "," + back("expires_at"));
  database.execute("UPDATE sessions SET " + back("started_at") + "," + back("created_at") + "," + back("expires_at") + "," +
                   back("renewed_at") + "," + back("token_expires_at") + "," + back("ended_at"));
  database.execute("UPDATE call_answers SET " + back("begun_at") + "," + back("leased_until"));
}

}  // namespace rekey::test
