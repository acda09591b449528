#include <catch2/catch.hpp>

#include "origin/postgres/metrics_of_queue.h"
#include "origin/postgres/operator_webhooks.h"
#include "origin/postgres/webhook_outbox.h"
#include "origin/system/metrics_registry.h"
#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

const std::vector<std::string> kAllEvents = {"password_reset.requested", "password_reset.completed", "password.changed",
                                             "account.registered", "mail.undeliverable"};
constexpr std::chrono::seconds kHookLease{120};
constexpr WebhookOutcome kDelivered{WebhookVerdict::kDelivered, 204, "delivered"};
constexpr WebhookOutcome kFailed{WebhookVerdict::kTryLater, 503, "status"};
constexpr WebhookOutcome kRefused{WebhookVerdict::kRefused, 422, "refused"};
constexpr WebhookOutcome kGone{WebhookVerdict::kGone, 410, "gone"};

struct HookWorld : StoreWorld {
  PostgresWebhooks webhooks{worker_pool};
  PostgresOperatorWebhooks desk{pool};
  const OperatorAct act{"act-0000000000000000001", "otto"};
  std::vector<std::int64_t> urls;

  explicit HookWorld(const std::vector<std::string>& given = std::vector<std::string>{"https://a.example/"}) { set(given); }

  void set(const std::vector<std::string>& given, const std::vector<std::string>& events = kAllEvents) {
    urls = webhooks.set_urls(given, events);
  }

  std::vector<Webhook> claim_hooks(std::size_t which = 0) { return webhooks.claim(urls.at(which), 8, kHookLease).webhooks; }

  Webhook claim_hook(std::size_t which = 0) {
    const auto claimed = claim_hooks(which);
    REQUIRE(claimed.size() == 1);
    return claimed[0];
  }

  // The types of what can be claimed, each of it then delivered.
  std::string delivered_types(std::size_t which = 0) {
    std::string types;
    for (auto claimed = claim_hooks(which); !claimed.empty(); claimed = claim_hooks(which)) {
      for (const auto& webhook : claimed) {
        types += (types.empty() ? "" : " ") + webhook.type;
        webhooks.settle(webhook.lease, kDelivered);
      }
    }
    return types;
  }

  void let_hooks_pass(const std::string& interval) {
    const std::string span = " - interval '" + interval + "'";
    database.execute("UPDATE rekey.webhook_messages SET due_at = due_at" + span + ", leased_until = leased_until" + span +
                     ", first_try_at = first_try_at" + span + ", deliver_by = deliver_by" + span + ", ended_at = ended_at" +
                     span);
    database.execute("UPDATE rekey.webhook_urls SET held_until = held_until" + span);
  }

  // Adds messages for the first URL, each of an account of its own, with further columns and their values.
  void fill(int count, const std::string& columns, const std::string& values) {
    database.execute("INSERT INTO rekey.webhook_messages (url, message_id, type, account, data, happened_at, " + columns +
                     ") SELECT " + std::to_string(urls[0]) +
                     ", 'filled_' || n, 'password.changed', 'account ' || n, '{}', now(), " + values +
                     " FROM generate_series(1, " + std::to_string(count) + ") AS n");
  }

  // By the worker's connection, so far.
  std::int64_t rows_read() {
    worker_pool.run({"flush", "SELECT pg_stat_force_next_flush()"});
    return database.number(
        "SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS x FROM pg_stat_user_tables WHERE relname = "
        "'webhook_messages'");
  }

  void end_hold() { database.execute("UPDATE rekey.webhook_urls SET held_until = now()"); }

  std::string state_of(const Webhook& webhook) {
    return database.text("SELECT state AS x FROM rekey.webhook_messages WHERE id = " + std::to_string(webhook.lease.delivery));
  }

  void reset(const std::string& name) {
    const auto token = mail_link(name);
    REQUIRE(recovery.consume_reset_token(token, {"new of " + name}, request()));
  }
};

}  // namespace

TEST_CASE("without a URL no event is stored", "[webhook]") {
  HookWorld world(std::vector<std::string>{});
  world.add_user("ada");
  world.reset("ada");
  CHECK(world.count("rekey.webhook_messages") == 0);
}

TEST_CASE("each change is reported by the transaction that makes it, once for each URL", "[webhook]") {
  HookWorld world({"https://a.example/", "https://b.example/"});
  const auto id = world.add_user("ada");
  world.reset("ada");
  CHECK(world.accounts.change_password(id, {"new of ada"}, {"newer"}, hash_number(1), request()));
  const std::string all = "account.registered password_reset.requested password_reset.completed password.changed";
  CHECK(world.delivered_types(0) == all);
  CHECK(world.delivered_types(1) == all);
  CHECK(world.count("(SELECT DISTINCT message_id FROM rekey.webhook_messages) AS m") == 4);
}

TEST_CASE("a change that is rolled back or refused is not reported", "[webhook]") {
  HookWorld world;
  const auto id = world.add_user("ada");
  world.delivered_types();
  CHECK_FALSE(world.recovery.consume_reset_token(hash_number(7), {"new"}, request()));
  CHECK_FALSE(world.accounts.change_password(id, {"wrong"}, {"new"}, hash_number(1), request()));
  CHECK_THROWS(world.pool.transact([&](SqlSession& session) {
    session.run(
        {"audit",
         "INSERT INTO rekey.audit_log (event, user_id, request_id, client_ip) VALUES ('password.reset', $1::uuid, 'r', '')"},
        SqlParams().text(id));
    throw std::runtime_error("no");
  }));
  CHECK(world.claim_hooks().empty());
}

TEST_CASE("a request for an address without an account, or for one whose account is locked, is not reported", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.delivered_types();
  world.set_standing("ada", Standing::kInactive);
  world.forget("ada");
  world.forget("nobody");
  world.claim();
  CHECK(world.claim_hooks().empty());
}

TEST_CASE("a decision that is undone and made again reports its request once", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.delivered_types();
  world.forget("ada");
  give_back(world, claim_one(world));
  settle(world, claim_one(world), MailVerdict::kTaken);
  CHECK(world.delivered_types() == "password_reset.requested");
  CHECK(world.claim_hooks().empty());
}

TEST_CASE("a mail that is refused for good or too late is reported, one that is superseded or rehearsed is not", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.delivered_types();
  world.forget("nobody");
  world.forget("ada");
  settle(world, claim_one(world), MailVerdict::kRefused, 550);
  CHECK(world.delivered_types() == "password_reset.requested mail.undeliverable");
  const auto data = world.database.text("SELECT data AS x FROM rekey.webhook_messages WHERE type = 'mail.undeliverable'");
  CHECK(data.find(R"("state": "rejected")") != std::string::npos);
  CHECK(data.find(R"("smtp_code": 550)") != std::string::npos);
  CHECK(data.find("ada@example.com") != std::string::npos);
}

TEST_CASE("no message holds a token, its hash, a seed or a password's hash", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.forget("ada");
  const auto delivery = claim_one(world);
  settle(world, delivery, MailVerdict::kTaken);
  REQUIRE(world.recovery.consume_reset_token(token_of(delivery), {"hash-that-is-new"}, request()));
  const auto all = world.database.text("SELECT string_agg(m::text, ' ') AS x FROM rekey.webhook_messages m");
  CHECK(all.find("hash") == std::string::npos);
  CHECK(
      world.database.number(
          "SELECT count(*) AS x FROM rekey.webhook_messages m, (SELECT encode(token_hash, 'hex') AS secret FROM rekey.deliveries "
          "WHERE token_hash IS NOT NULL) AS s WHERE position(s.secret IN m::text) > 0") == 0);
}

TEST_CASE("a URL gets only the events that it is set to want", "[webhook]") {
  HookWorld world;
  world.set({"https://a.example/"}, {"password.changed"});
  const auto id = world.add_user("ada");
  CHECK(world.accounts.change_password(id, {"hash of ada"}, {"new"}, hash_number(1), request()));
  CHECK(world.delivered_types() == "password.changed");
}

TEST_CASE("a later message of an account waits until the earlier one is delivered, those of others do not", "[webhook]") {
  HookWorld world;
  const auto id = world.add_user("ada");
  REQUIRE(world.accounts.change_password(id, {"hash of ada"}, {"new"}, hash_number(1), request()));
  world.add_user("bob");
  const auto first = world.claim_hooks();
  REQUIRE(first.size() == 2);  // each account's first
  CHECK(first[0].type == "account.registered");
  CHECK(first[1].type == "account.registered");
  CHECK(world.claim_hooks().empty());
  world.webhooks.settle(first[0].lease, kDelivered);
  CHECK(world.claim_hook().type == "password.changed");
}

TEST_CASE("a later message waits while the earlier one is retried, and follows it when that is dead", "[webhook]") {
  HookWorld world;
  const auto id = world.add_user("ada");
  REQUIRE(world.accounts.change_password(id, {"hash of ada"}, {"new"}, hash_number(1), request()));
  const auto first = world.claim_hook();
  CHECK(world.webhooks.settle(first.lease, kRefused) == WebhookState::kOpen);
  CHECK(world.claim_hooks().empty());
  world.database.execute(
      "UPDATE rekey.webhook_messages SET deliver_by = now() - interval '1 second', due_at = now() WHERE id = " +
      std::to_string(first.lease.delivery));
  const auto claimed = world.webhooks.claim(world.urls[0], 8, kHookLease);
  REQUIRE(claimed.expired.size() == 1);
  CHECK(claimed.expired[0].message_id == first.message_id);
  CHECK(world.state_of(first) == "dead");
  world.let_hooks_pass("1 minute");
  CHECK(world.claim_hook().type == "password.changed");
}

TEST_CASE("the order of one URL does not bind another", "[webhook]") {
  HookWorld world({"https://a.example/", "https://b.example/"});
  const auto id = world.add_user("ada");
  REQUIRE(world.accounts.change_password(id, {"hash of ada"}, {"new"}, hash_number(1), request()));
  world.claim_hook(0);
  CHECK(world.delivered_types(1) == "account.registered password.changed");
}

TEST_CASE("a lease keeps others away until it runs out, and an old holder settles nothing", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  const auto lost = world.claim_hook();
  CHECK(world.claim_hooks().empty());
  world.let_hooks_pass("121 seconds");
  const auto again = world.claim_hook();
  CHECK(again.message_id == lost.message_id);
  CHECK(again.lease.attempt == lost.lease.attempt + 1);
  world.webhooks.settle(lost.lease, kDelivered);
  CHECK(world.state_of(again) == "sending");
  CHECK(world.webhooks.settle(again.lease, kDelivered) == WebhookState::kDelivered);
}

TEST_CASE("a receiver that fails is left alone for a while, then gets one message until it takes one", "[webhook]") {
  HookWorld world;
  for (const auto* name : {"ada", "bob", "cyd"}) world.add_user(name);
  const auto claimed = world.claim_hooks();
  REQUIRE(claimed.size() == 3);
  CHECK(world.webhooks.settle(claimed[0].lease, kFailed) == WebhookState::kOpen);
  for (const auto& webhook : {claimed[1], claimed[2]}) world.webhooks.give_back(webhook.lease);
  CHECK(world.claim_hooks().empty());
  const auto wait =
      world.database.number("SELECT round(extract(epoch FROM held_until - now()))::bigint AS x FROM rekey.webhook_urls");
  CHECK(wait >= 4);
  CHECK(wait <= 5);
  world.end_hold();
  const auto probe = world.claim_hook();
  world.webhooks.settle(probe.lease, kDelivered);
  CHECK(world.claim_hooks().size() == 1);  // the first one is not due before its own time
}

TEST_CASE("while one message tries a receiver that fails, no other begins", "[webhook]") {
  HookWorld world;
  for (const auto* name : {"ada", "bob", "cyd"}) world.add_user(name);
  const auto claimed = world.claim_hooks();
  REQUIRE(claimed.size() == 3);
  world.webhooks.settle(claimed[0].lease, kFailed);
  for (const auto& webhook : {claimed[1], claimed[2]}) world.webhooks.give_back(webhook.lease);
  world.end_hold();
  const auto probe = world.claim_hook();
  CHECK(world.claim_hooks().empty());
  world.webhooks.settle(probe.lease, kDelivered);
  CHECK(world.claim_hooks().size() == 1);
}

TEST_CASE("a receiver that fails is tried, however many messages have become too old or wait for others", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.webhooks.settle(world.claim_hook().lease, kFailed);
  world.fill(20, "due_at, deliver_by", "now() - interval '1 day', now() - interval '1 second'");
  const auto id = world.add_user("bob");
  REQUIRE(world.accounts.change_password(id, {"hash of bob"}, {"new"}, hash_number(1), request()));
  world.database.execute("UPDATE rekey.webhook_messages SET due_at = now() - interval '1 hour' WHERE type = 'password.changed'");
  world.end_hold();
  std::size_t expired = 0, begun = 0;
  for (int round = 0; round < 4; ++round) {
    const auto claimed = world.webhooks.claim(world.urls[0], 8, kHookLease);
    expired += claimed.expired.size();
    begun += claimed.webhooks.size();
  }
  CHECK(expired == 20);
  CHECK(begun == 1);
}

TEST_CASE("a message that a receiver refuses holds up no others", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.webhooks.settle(world.claim_hook().lease, kRefused);
  world.add_user("bob");
  CHECK(world.delivered_types() == "account.registered");
}

TEST_CASE("a message is retried for a day, then it is dead", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  auto webhook = world.claim_hook();
  world.webhooks.settle(webhook.lease, kRefused);
  CHECK(world.database.number("SELECT round(extract(epoch FROM due_at - now()))::bigint AS x FROM rekey.webhook_messages") >= 14);
  world.let_hooks_pass("23 hours 50 minutes");
  webhook = world.claim_hook();
  CHECK(world.webhooks.settle(webhook.lease, kRefused) == WebhookState::kOpen);
  world.let_hooks_pass("9 minutes");
  webhook = world.claim_hook();
  CHECK(world.webhooks.settle(webhook.lease, kRefused) == WebhookState::kDead);
}

TEST_CASE("410 ends the subscription: later events are not stored, and waiting ones wait for the operator", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  world.add_user("bob");
  const auto claimed = world.claim_hooks();
  REQUIRE(claimed.size() == 2);
  CHECK(world.webhooks.settle(claimed[0].lease, kGone) == WebhookState::kDead);
  world.webhooks.give_back(claimed[1].lease);
  world.add_user("cyd");
  CHECK(world.count("rekey.webhook_messages") == 2);
  CHECK(world.claim_hooks().empty());
  const auto urls = world.desk.urls();
  REQUIRE(urls.size() == 1);
  CHECK(urls[0].state == "gone");
  CHECK(urls[0].waiting == 1);
  CHECK(urls[0].dead == 1);
  world.set({"https://a.example/"});  // a restart of the origin changes nothing
  CHECK(world.claim_hooks().empty());

  CHECK(world.desk.resend_dead(world.act) == 0);
  CHECK(world.desk.restart(world.urls[0], world.act));
  CHECK_FALSE(world.desk.restart(world.urls[0], world.act));
  CHECK(world.desk.resend_dead(world.act) == 1);
  CHECK(world.delivered_types() == "account.registered account.registered");
  CHECK(world.count("rekey.audit_log WHERE event = 'webhooks.restarted' AND detail LIKE '% by otto'") == 1);
  CHECK(world.count("rekey.audit_log WHERE event = 'webhooks.resent'") == 1);
}

TEST_CASE("an operator sends a delivered message again, under its id", "[webhook]") {
  HookWorld world;
  world.add_user("ada");
  const auto webhook = world.claim_hook();
  CHECK(world.desk.resend(webhook.lease.delivery, world.act) == 0);  // it is under way
  world.webhooks.settle(webhook.lease, kDelivered);
  CHECK(world.desk.resend(webhook.lease.delivery, world.act) == 1);
  CHECK(world.claim_hook().message_id == webhook.message_id);
}

TEST_CASE("a URL that leaves the settings gets nothing more, and begins anew when it comes back", "[webhook]") {
  HookWorld world({"https://a.example/", "https://b.example/"});
  world.add_user("ada");
  const auto old = world.urls;
  world.set({"https://b.example/"});
  CHECK(world.urls == std::vector{old[1]});
  world.add_user("bob");
  CHECK(world.webhooks.claim(old[0], 8, kHookLease).webhooks.empty());
  CHECK(world.claim_hooks().size() == 2);
  world.set({"https://b.example/", "https://a.example/"});
  CHECK(world.urls == std::vector{old[1], old[0]});
  world.add_user("cyd");
  CHECK(world.claim_hook(1).data.find("cyd@example.com") != std::string::npos);
}

TEST_CASE("delivered messages are pruned as requests are, dead ones later, waiting ones not", "[webhook]") {
  HookWorld world;
  for (const auto* name : {"ada", "bob", "cyd"}) world.add_user(name);
  const auto claimed = world.claim_hooks();
  REQUIRE(claimed.size() == 3);
  world.webhooks.settle(claimed[0].lease, kDelivered);
  world.database.execute(
      "UPDATE rekey.webhook_messages SET state = 'dead', due_at = NULL, leased_until = NULL, ended_at = now() WHERE id = " +
      std::to_string(claimed[1].lease.delivery));
  const Retention keep{.requests = std::chrono::hours(2), .dead_webhooks = std::chrono::hours(5)};
  CHECK(world.outbox.prune(keep) == 0);
  world.let_hooks_pass("3 hours");
  CHECK(world.outbox.prune(keep) == 1);
  world.let_hooks_pass("3 hours");
  CHECK(world.outbox.prune(keep) == 1);
  CHECK(world.count("rekey.webhook_messages WHERE state = 'sending'") == 1);
}

TEST_CASE("messages of one end do not keep those of the other from being pruned, however many they are", "[webhook]") {
  HookWorld world;
  const Retention keep{.requests = std::chrono::hours(2), .dead_webhooks = std::chrono::hours(5)};
  SECTION("dead ones before a delivered one") {
    world.fill(10'001, "state, due_at, ended_at", "'dead', NULL, now()");
    world.add_user("ada");
    world.webhooks.settle(world.claim_hook().lease, kDelivered);
    world.let_hooks_pass("3 hours");
    CHECK(world.outbox.prune(keep) == 1);
  }
  SECTION("delivered ones before a dead one") {
    world.fill(10'001, "state, due_at, ended_at", "'delivered', NULL, now() + interval '1 day'");
    world.add_user("ada");
    world.webhooks.settle(world.claim_hook().lease, kGone);
    world.let_hooks_pass("6 hours");
    CHECK(world.outbox.prune(keep) == 1);
  }
}

TEST_CASE("what waits for a URL that is gone is dead when its day is over, and can be sent again", "[webhook]") {
  HookWorld world;
  for (const auto* name : {"ada", "bob", "cyd"}) world.add_user(name);
  const auto claimed = world.claim_hooks();
  REQUIRE(claimed.size() == 3);
  world.webhooks.settle(claimed[0].lease, kGone);
  world.webhooks.give_back(claimed[1].lease);  // the third one's lease runs out
  CHECK(world.outbox.prune({}) == 0);
  world.let_hooks_pass("4 days");
  world.outbox.prune({.requests = std::chrono::days(9)});
  CHECK(world.count("rekey.webhook_messages WHERE state = 'dead'") == 3);
  CHECK(world.count("rekey.webhook_messages WHERE reason = 'expired'") == 2);
  REQUIRE(world.desk.restart(world.urls[0], world.act));
  CHECK(world.desk.resend_dead(world.act) == 3);
}

TEST_CASE("a URL with many messages is taken out, and all of them end; all can be sent again when it is back", "[webhook]") {
  HookWorld world;
  world.fill(12'000, "waiting_since", "now()");
  world.set({});
  while (world.outbox.prune({}) > 0) continue;
  CHECK(world.count("rekey.webhook_messages WHERE state = 'dead' AND reason = 'removed'") == 12'000);
  world.set({"https://a.example/"});
  CHECK(world.desk.resend_dead(world.act) == 12'000);
  CHECK(world.database.number("SELECT sum(split_part(detail, ' ', 1)::bigint)::bigint AS x FROM rekey.audit_log WHERE event = "
                              "'webhooks.resent'") == 12'000);
}

TEST_CASE("a URL that comes back begins without the failures of its former life", "[webhook]") {
  HookWorld world;
  for (const auto* name : {"ada", "bob"}) world.add_user(name);
  world.webhooks.settle(world.claim_hooks().at(0).lease, kFailed);
  world.set({});
  world.set({"https://a.example/"});
  for (const auto* name : {"cyd", "dan"}) world.add_user(name);
  CHECK(world.claim_hooks().size() == 2);
}

TEST_CASE("a password that an operator makes useless is reported as changed", "[webhook]") {
  HookWorld world;
  const auto id = world.add_user("ada");
  world.delivered_types();
  REQUIRE(world.operators.require_reset(id, {"!useless"}, world.act) == PostgresOperatorAccounts::Required::kDone);
  const auto webhook = world.claim_hook();
  CHECK(webhook.type == "password.changed");
  CHECK(webhook.data.find(R"("by": "operator")") != std::string::npos);
}

TEST_CASE("the worker's connections compile no statement", "[webhook]") {
  StoreWorld world;
  CHECK(world.worker_pool.run({"show_jit", "SELECT current_setting('jit') AS x"})[0].text("x") == "off");
}

TEST_CASE("the gauges read no more rows because more webhooks wait", "[webhook]") {
  HookWorld world;
  world.fill(20'000, "waiting_since", "now() - interval '1 hour'");
  world.database.execute("VACUUM ANALYZE rekey.webhook_messages");
  MetricsRegistry metrics({"1", "0001", "origin"});
  QueueMetrics queue(world.worker_pool, metrics, "first", {});
  const auto before = world.rows_read();
  for (int i = 0; i < 5; ++i) queue.measure();
  CHECK(metrics.text().find("\nrekey_webhooks_waiting 20000\n") != std::string::npos);
  CHECK(metrics.text().find("\nrekey_oldest_webhook_seconds 36") != std::string::npos);
  CHECK(world.rows_read() - before < 10'000);
}

TEST_CASE("claims are found by the index, however many messages wait", "[webhook]") {
  HookWorld world;
  const auto id = world.add_user("ada");
  world.database.execute("INSERT INTO rekey.webhook_messages (url, message_id, type, account, data, happened_at) SELECT " +
                         std::to_string(world.urls[0]) +
                         ", 'msg_' || n, 'password.changed', 'account ' || n, '{}', now() FROM generate_series(1, 20000) AS n");
  CHECK(world.webhooks.claim(world.urls[0], 8, kHookLease).webhooks.size() == 8);
  const auto before = world.rows_read();
  for (int i = 0; i < 5; ++i) world.webhooks.claim(world.urls[0], 8, kHookLease);
  CHECK(world.rows_read() - before < 5000);
  static_cast<void>(id);
}
