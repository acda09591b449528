// The outbox's statements find their rows by index, whatever statistics their plans were made from.
#include <catch2/catch.hpp>

#include "tests/origin/store_queue_steps.h"

using namespace rekey;
using namespace rekey::test;

namespace {

constexpr int kRequests = 20000;

struct RowsRead {
  std::int64_t by_index = 0;
  std::int64_t by_scan = 0;
  std::int64_t hot_claims = 0;  // updates of deliveries that changed no index
};

// The planner assumes ten pages for an empty table, and one page for a few rows.
enum class Statistics { kOfNoRows, kOfFewRows };

struct PlanWorld : StoreWorld {
  explicit PlanWorld(Statistics statistics) : StoreWorld(1) {
    for (int i = 0; i < 8; ++i) pass_every_statement(i);
    if (statistics == Statistics::kOfNoRows) {
      execute_in_order({"TRUNCATE reset_requests, deliveries, delivery_attempts, reset_tokens", "ANALYZE"});
    } else {
      execute_in_order({"DELETE FROM reset_requests WHERE id > 2", "DELETE FROM deliveries WHERE id > 2", "VACUUM (ANALYZE)"});
      for (int i = 8; i < 16; ++i) pass_every_statement(i);
      execute_in_order({"DELETE FROM reset_requests", "DELETE FROM deliveries"});  // TRUNCATE would invalidate the plans
    }
  }

  // Runs each statement more often than PostgreSQL replans a prepared one: from here on cached plans are those for empty tables.
  void pass_every_statement(int round) {
    add_user("warm" + std::to_string(round));
    forget("warm" + std::to_string(round));
    forget("nobody");
    drain();
    outbox.prune({std::chrono::hours(24)});
    for (const auto verdict : {MailVerdict::kTryLater, MailVerdict::kRefused, MailVerdict::kUnknown, MailVerdict::kCutOff})
      settle({0, 0}, verdict, 250);
    outbox.give_back({0, 0});
    end_deliveries_of_none();
  }

  void end_deliveries_of_none() {
    worker_pool.transact([](SqlSession& session) { end_deliveries(session, {0}, MailEnd::kAccountGone); });
  }

  std::size_t drain() {
    const auto deliveries = claim();
    std::vector<Attempt> attempts;
    for (const Delivery& delivery : deliveries) attempts.push_back({delivery.lease, MailVerdict::kTaken, 250});
    outbox.settle(attempts);
    return deliveries.size();
  }

  // A busy session publishes its counts only once in a while, so it is told to do it now.
  RowsRead rows_read() {
    worker_pool.run(kFlush);
    const SqlRows rows = database.query(
        "SELECT sum(idx_tup_fetch)::bigint AS by_index, sum(seq_tup_read)::bigint AS by_scan, "
        "sum(n_tup_hot_upd) FILTER (WHERE relname = 'deliveries')::bigint AS hot FROM pg_stat_user_tables "
        "WHERE relname NOT IN ('audit_log', 'schema_migrations', 'mail_minutes', 'gauge_lease', 'sessions')");
    return {rows[0].integer("by_index"), rows[0].integer("by_scan"), rows[0].integer("hot")};
  }

 private:
  static constexpr SqlStatement kFlush{"flush_statistics", "SELECT pg_stat_force_next_flush()"};

  void execute_in_order(const std::vector<std::string>& statements) {
    for (const auto& statement : statements) database.execute(statement);
  }
};

}  // namespace

TEST_CASE("20,000 requests unknown to the statistics are handed out, and the last mail reads as few rows as the first",
          "[outbox][plan]") {
  PlanWorld world(GENERATE(Statistics::kOfNoRows, Statistics::kOfFewRows));
  world.database.execute(
      "INSERT INTO users (username, email, password_hash) "
      "SELECT 'user' || translate(n::text, '0123456789', 'abcdefghij'), 'u' || n || '@example.com', 'h' FROM "
      "generate_series(1, " +
      std::to_string(kRequests) + ") n");
  world.flood("'u' || n || '@example.com'", kRequests);
  std::vector<double> per_mail;
  std::size_t mails = 0;
  for (int quarter = 1; quarter <= 4; ++quarter) {
    const RowsRead before = world.rows_read();
    const std::size_t from = mails;
    while (mails < static_cast<std::size_t>(kRequests * quarter / 4)) {
      const std::size_t sent = world.drain();
      REQUIRE(sent > 0);
      mails += sent;
    }
    const RowsRead after = world.rows_read();
    CHECK(after.by_scan == before.by_scan);
    per_mail.push_back(static_cast<double>(after.by_index - before.by_index) / static_cast<double>(mails - from));
    CHECK(after.hot_claims - before.hot_claims >= static_cast<std::int64_t>(mails - from) * 95 / 100);
  }
  CHECK(mails == kRequests);
  for (const double rows : per_mail) CHECK(rows < 50);  // 41 measured
}

TEST_CASE("20,000 requests for unknown addresses end, and are pruned, without a scan of a whole table", "[outbox][plan]") {
  PlanWorld world(GENERATE(Statistics::kOfNoRows, Statistics::kOfFewRows));
  world.flood("'u' || n || '@example.com'", kRequests);
  const RowsRead before = world.rows_read();
  for (int rounds = 0; rounds < 60; ++rounds) world.drain();
  const RowsRead ended = world.rows_read();
  CHECK(world.count("reset_requests WHERE state = 'no_account'") == kRequests);
  CHECK(ended.by_scan == before.by_scan);
  CHECK((ended.by_index - before.by_index) / kRequests < 20);
  world.let_pass("2 days");
  const RowsRead old = world.rows_read();
  while (world.outbox.prune({std::chrono::hours(24)}) == kPrunePiece) continue;
  const RowsRead pruned = world.rows_read();
  CHECK(pruned.by_scan == old.by_scan);
  CHECK(world.count("reset_requests") == 0);
}
