// The operator's commands about what happened: requests, deliveries, audit.
#include <catch2/catch.hpp>

#include "tests/origin/desk_world.h"
#include "tests/origin/store_queue_steps.h"

namespace rekey::test {
namespace {

using Catch::Contains;

// Returns: the values of a member, in order, with spaces between.
std::string members(const std::string& json, const std::string& name) {
  std::string all;
  const std::string before = "\"" + name + "\":\"";
  for (auto at = json.find(before); at != json.npos; at = json.find(before, at + 1)) {
    const auto begin = at + before.size();
    all += (all.empty() ? "" : " ") + json.substr(begin, json.find('"', begin) - begin);
  }
  return all;
}

}  // namespace

TEST_CASE("requests shows each request's state, the newest first, and the address only in part", "[desk_history]") {
  DeskWorld world;
  world.stores.add_user("ada");
  send_one(world.stores, "ada");
  world.stores.forget("nobody");
  const auto all = world.run({"requests", "--json"}).out;
  CHECK(members(all, "state") == "queued sent");
  CHECK_THAT(all, Contains("a***@example.com") && !Contains("ada@") && !Contains("nobody@"));
  CHECK_THAT(all, Contains("\"attempts\":1,\"smtp\":250"));
  CHECK_THAT(world.run({"requests"}).out, Contains("requested_at") && Contains("sent") && !Contains("ada@"));
  CHECK(members(world.run({"requests", "--to", "ADA@example.com", "--json"}).out, "state") == "sent");
  CHECK(members(world.run({"requests", "--state", "queued", "--json"}).out, "email") == "n***@example.com");
  CHECK(rows_in(world.run({"requests", "--to", "ada@example.com", "--state", "queued", "--json"}).out) == 0);
}

TEST_CASE("requests turns pages without leaving one out or showing one twice", "[desk_history]") {
  DeskWorld world;
  world.stores.flood("'u' || n || '@example.com'", 25);
  std::string seen;
  std::string after;
  for (int page = 0; page < 4; ++page) {
    std::vector<std::string> words = {"requests", "--most", "10", "--json"};
    if (!after.empty()) words.insert(words.end(), {"--after", after});
    const auto out = world.run(words).out;
    seen += members(out, "request_id") + " ";
    if (out.find("\"next\"") == out.npos) break;
    after = between(out, "\"next\":\"", "\"");
  }
  const auto all = world.run({"requests", "--all", "--json"}).out;
  CHECK(seen == members(all, "request_id") + " ");
  CHECK(rows_in(all) == 25);
  CHECK_THROWS_WITH(world.run({"requests", "--after", "x"}), Contains("--after"));
}

TEST_CASE("--since leaves out what is older", "[desk_history]") {
  DeskWorld world;
  world.stores.forget("ada");
  world.stores.let_pass("2 hours");
  world.stores.forget("bob");
  CHECK(members(world.run({"requests", "--since", "1h", "--json"}).out, "email") == "b***@example.com");
  CHECK(rows_in(world.run({"requests", "--since", "3h", "--json"}).out) == 2);
  CHECK(rows_in(world.run({"audit", "--since", "1h", "--json"}).out) == 1);
  CHECK_THROWS_WITH(world.run({"requests", "--since", "tomorrow"}), Contains("--since"));
}

TEST_CASE("deliveries shows mails, notices and the operator's links with their last attempt", "[desk_history]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.add_user("bob");
  world.stores.recovery.consume_reset_token(world.stores.mail_link("ada"), {"new"}, request());
  world.stores.forget("bob");
  const auto claimed = world.stores.claim();
  REQUIRE(claimed.size() == 1);
  world.stores.settle(claimed[0].lease, MailVerdict::kTryLater, 451);
  world.run({"link", "bob@example.com"});
  const auto all = world.run({"deliveries", "--json"}).out;
  CHECK(members(all, "kind") == "link reset password_changed reset");
  CHECK(members(all, "state") == "sent queued queued sent");
  CHECK_THAT(all, Contains("\"outcome\":\"try_later\",\"smtp\":451") && !Contains("bob@"));
  CHECK(members(world.run({"deliveries", "--to", "bob@example.com", "--json"}).out, "kind") == "link reset");
  CHECK(members(world.run({"deliveries", "--kind", "password_changed", "--json"}).out, "state") == "queued");
  CHECK(members(world.run({"deliveries", "--state", "queued", "--to", "bob@example.com", "--json"}).out, "kind") == "reset");
  CHECK(rows_in(world.run({"deliveries", "--to", "nobody@example.com", "--json"}).out) == 0);
}

TEST_CASE("audit shows log-ins, refused ones, and forgot requests, whether or not the address has an account", "[desk_history]") {
  DeskWorld world;
  const auto id = world.stores.add_user("ada");
  world.stores.accounts.open_session(id, {"hash of ada"}, std::nullopt, {hash_number(1), std::chrono::seconds(60)}, request());
  world.stores.accounts.note_refused_log_in(email("Ada@example.com"), request());
  world.stores.accounts.note_refused_log_in(email("nobody@example.com"), request());
  world.stores.forget("ada");
  const auto all = world.run({"audit", "--json"}).out;
  CHECK(members(all, "event") == "forgot.accepted login.refused login.refused session.opened user.registered");
  CHECK_THAT(all, Contains("a***@example.com") && Contains("n***@example.com") && !Contains("ada@") && !Contains("nobody@"));
  CHECK(members(world.run({"audit", "--to", "ada@example.com", "--json"}).out, "event") ==
        "forgot.accepted login.refused session.opened user.registered");
  CHECK(members(world.run({"audit", "--to", "nobody@example.com", "--json"}).out, "event") == "login.refused");
  CHECK(rows_in(world.run({"audit", "--event", "login.refused", "--json"}).out) == 2);
  CHECK(rows_in(world.run({"audit", "--client", "192.0.2.7", "--json"}).out) == 5);
  CHECK(rows_in(world.run({"audit", "--client", "192.0.2.8", "--json"}).out) == 0);
}

TEST_CASE("audit turns pages over both of its sources, rows of one moment included", "[desk_history]") {
  DeskWorld world;
  world.stores.flood("'u' || n || '@example.com'", 7);
  world.stores.database.execute(
      "INSERT INTO audit_log (at, event, request_id, client_ip) "
      "SELECT (SELECT max(requested_at) FROM reset_requests), 'e' || n, 'r' || n, '' FROM generate_series(1, 7) n");
  const auto all = members(world.run({"audit", "--all", "--json"}).out, "request_id");
  std::string seen;
  std::string after;
  for (int page = 0; page < 9; ++page) {
    std::vector<std::string> words = {"audit", "--most", "3", "--json"};
    if (!after.empty()) words.insert(words.end(), {"--after", after});
    const auto out = world.run(words).out;
    seen += (seen.empty() ? "" : " ") + members(out, "request_id");
    if (out.find("\"next\"") == out.npos) break;
    after = between(out, "\"next\":\"", "\"");
  }
  CHECK(seen == all);
  CHECK(std::count(all.begin(), all.end(), ' ') == 13);
  for (const auto* wrong : {"x", "1.a1", "1.b0000000000000000001", ".a0000000000000000001", "1.a000000000000000000x"})
    CHECK_THROWS_WITH(world.run({"audit", "--after", wrong}), Contains("--after"));
}

TEST_CASE("a forgot request stays in the audit after its own row is gone, until the audit's time is over", "[desk_history]") {
  DeskWorld world;
  world.stores.add_user("ada");
  world.stores.forget("ada");
  world.stores.forget("nobody");
  world.stores.claim();
  world.stores.database.execute(
      "UPDATE deliveries SET state = 'sent', due_at = NULL, leased_until = NULL, seed = NULL, ended_at = now()");
  world.stores.database.execute("UPDATE reset_requests SET state = 'sent', ended_at = now() WHERE ended_at IS NULL");
  const auto before = members(world.run({"audit", "--event", "forgot.accepted", "--json"}).out, "request_id");
  world.stores.let_pass("25 hours");
  world.stores.outbox.prune({});
  CHECK(world.stores.count("reset_requests") == 0);
  const auto rows = world.run({"audit", "--event", "forgot.accepted", "--json"}).out;
  CHECK(members(rows, "request_id") == before);
  CHECK(members(rows, "detail") == "no_account sent");
  CHECK(members(world.run({"audit", "--to", "ada@example.com", "--event", "forgot.accepted", "--json"}).out, "detail") == "sent");
  world.stores.outbox.prune({.requests = std::chrono::hours(24), .audit = std::chrono::hours(24)});
  CHECK(rows_in(world.run({"audit", "--event", "forgot.accepted", "--json"}).out) == 0);
}

TEST_CASE("a repeated call writes a refused log-in down once", "[desk_history]") {
  DeskWorld world;
  const auto same = request();
  world.stores.accounts.note_refused_log_in(email("ada@example.com"), same);
  world.stores.accounts.note_refused_log_in(email("ada@example.com"), same);
  CHECK(world.stores.count("audit_log WHERE event = 'login.refused'") == 1);
}

}  // namespace rekey::test
