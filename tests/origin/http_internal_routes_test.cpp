// A signed call reaches its use case; every other call is refused.
#include <catch2/catch.hpp>
#include <functional>

#include "origin/api/internal_routes.h"
#include "origin/ports/unavailable.h"
#include "origin/system/metrics_registry.h"
#include "shared/message_signature.h"
#include "tests/origin/mail_fakes.h"
#include "tests/origin/use_case_world.h"

namespace rekey::test {
namespace {

const std::string kId = "AbCdEfGhIjKlMnOpQrStUv";
const std::string kPath = "/internal/forgot-password";
const std::string kBody =
    R"({"version":1,"request_id":"AbCdEfGhIjKlMnOpQrStUv","client":{"ip":"192.0.2.1","user_agent":"","country":"","accept_language":""},)"
    R"("input":{"email":"ada@example.com","suppress":false}})";

KeyRing keys(const std::string& text) { return *KeyRing::parse(text); }
const KeyRing kTokenKeys = keys("1:AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
const KeyRing kKeys = keys("1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,2:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

struct RoutesWorld : UseCaseWorld {
  CallEvents call_events{events};
  InternalApi api{{.product_name = "Rekey"},
                  {accounts, recovery, hasher, normalizer, guesses, clock, call_events, metrics},
                  {kKeys, kTokenKeys}};
  InternalRoutes routes{{api, kKeys, clock, call_events, metrics}};

  std::size_t executed() const { return recovery.requests.size(); }
};

UnixSeconds seconds_from_now(int seconds) {
  return static_cast<UnixSeconds>(kTestNow.time_since_epoch().count() + 1'000 + seconds);  // HandClock begins 1,000 s in
}

HttpRequest signed_request(const std::string& path, const std::string& body, UnixSeconds created, const MacKey& key) {
  const auto fields = sign_call(key, {"POST", path, body}, created, kId);
  HttpRequest request;
  request.method = "POST";
  request.target = path;
  request.body = body;
  request.fields = {{"host", "origin"},
                    {"content-type", "application/json"},
                    {"content-digest", fields.content_digest},
                    {"signature-input", fields.signature_input},
                    {"signature", fields.signature}};
  return request;
}

HttpRequest good_request() { return signed_request(kPath, kBody, seconds_from_now(0), kKeys.signing_key()); }

void drop(HttpRequest& request, std::string_view name) {
  std::erase_if(request.fields, [&](const HttpField& field) { return field.name == name; });
}

bool is_refused_as(const HttpAnswer& answer, const std::string& type) {
  return answer.status == 401 && answer.content_type == "application/problem+json" &&
         answer.body.find("\"urn:rekey:problem:" + type + "\"") != std::string::npos;
}

bool is_bad_signature(const HttpAnswer& answer) { return is_refused_as(answer, "bad-signature"); }

}  // namespace

TEST_CASE("a signed call reaches its use case", "[internal_routes]") {
  RoutesWorld world;
  const auto answer = world.routes.answer(good_request());
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(answer.body == R"({"outcome":"accepted","version":1})");
  CHECK(world.executed() == 1);
}

TEST_CASE("D05: calls that hash a password have a queue of their own", "[internal_routes][D05]") {
  RoutesWorld world;
  const auto effort_at = [&](const std::string& target) {
    HttpRequest request;
    request.target = target;
    return world.routes.effort_of(request);
  };
  for (const auto* hashing : {"login", "register", "reset-password", "change-password"}) {
    CHECK(effort_at(std::string("/internal/") + hashing) == Effort::kHeavy);
  }
  for (const auto* other : {"me", "logout", "forgot-password", "cancel-reset", "health", "nothing", "", "login/"}) {
    CHECK(effort_at(std::string("/internal/") + other) == Effort::kLight);
  }
  for (const auto* elsewhere : {"/", "/login", "login", ""}) CHECK(effort_at(elsewhere) == Effort::kLight);
}

TEST_CASE("O11: a call without a signature reaches nothing", "[internal_routes][O11]") {
  RoutesWorld world;
  auto request = good_request();
  for (const auto* name : {"content-digest", "signature-input", "signature"}) drop(request, name);
  CHECK(is_bad_signature(world.routes.answer(request)));
  CHECK(world.executed() == 0);
  CHECK(world.events.count(Event::kUnsigned) == 1);
  CHECK(world.metrics.counted(Counter::kBadSignatures) == 1);
}

TEST_CASE("O13, O17: every bad signature gets the same answer", "[internal_routes][O13][O17]") {
  RoutesWorld world;
  std::vector<HttpRequest> requests;
  for (const auto* name : {"content-digest", "signature-input", "signature"}) {
    drop(requests.emplace_back(good_request()), name);
    auto& twice = requests.emplace_back(good_request());
    twice.fields.push_back({name, std::string(*twice.only(name))});
    requests.emplace_back(good_request()).fields.push_back({name, "other"});
  }
  requests.emplace_back(good_request()).body[3] ^= 1;
  requests.emplace_back(good_request()).target = "/internal/reset-password";
  requests.push_back(
      signed_request(kPath, kBody, seconds_from_now(0), keys("1:AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").signing_key()));
  requests.push_back(
      signed_request(kPath, kBody, seconds_from_now(0), keys("9:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").signing_key()));
  const auto expected = world.routes.answer(requests.front()).body;
  for (const auto& request : requests) {
    const auto answer = world.routes.answer(request);
    CHECK(is_bad_signature(answer));
    CHECK(answer.body == expected);
  }
  CHECK(world.executed() == 0);
}

TEST_CASE("O14, F20: a signature holds for a minute either way", "[internal_routes][O14][O16][F20]") {
  RoutesWorld world;
  const auto answer = [&](int seconds) {
    return world.routes.answer(signed_request(kPath, kBody, seconds_from_now(seconds), kKeys.signing_key()));
  };
  CHECK(is_refused_as(answer(-61), "stale-signature"));
  CHECK(is_refused_as(answer(61), "stale-signature"));
  CHECK(world.executed() == 0);
  CHECK(world.metrics.counted(Counter::kAlarms, "clock") == 2);
  CHECK(world.events.count(Event::kClockApart) == 2);
  CHECK(answer(-59).status == 200);
  CHECK(answer(59).status == 200);
}

TEST_CASE("G04: a call that ends as unavailable is logged with its request id, and counted", "[internal_routes][G04]") {
  RoutesWorld world;
  world.recovery.before_insert = [] { throw Unavailable("the database cannot be reached"); };
  const auto answer = world.routes.answer(good_request());
  CHECK(answer.status == 503);
  REQUIRE(answer.fields.size() == 1);
  CHECK(answer.fields[0].name == "Retry-After");
  CHECK(world.events.count(Event::kUnavailable) == 1);
  CHECK_THAT(world.events.text(), Catch::Contains(kId));
}

TEST_CASE("G04: a call's line tells use case, outcome and duration, from its arrival on", "[internal_routes][G04]") {
  RoutesWorld world;
  auto request = good_request();
  request.arrived = world.clock.steady_now();
  world.clock.pass(std::chrono::milliseconds(700));  // it waits for a thread
  world.routes.answer(request);
  CHECK_THAT(world.events.text(), Catch::Contains("use_case=forgot-password\noutcome=accepted\nduration_us=700000\n"));
  REQUIRE(world.metrics.requests().size() == 1);
  CHECK(world.metrics.requests()[0].duration == std::chrono::milliseconds(700));
}

TEST_CASE("however a call ends, one outcome is logged and counted", "[internal_routes]") {
  struct Row {
    std::function<void(RoutesWorld&, HttpRequest&)> spoil;
    std::string use_case;
    std::string outcome;
  };
  const auto throws = [](const auto& fault) {
    return [fault](RoutesWorld& world, HttpRequest&) { world.recovery.before_insert = [fault] { throw fault; }; };
  };
  const auto sign_again = [](const std::string& path, const std::string& body) {
    return [=](RoutesWorld&, HttpRequest& request) {
      request = signed_request(path, body, seconds_from_now(0), kKeys.signing_key());
    };
  };
  const std::vector<Row> rows{
      {[](auto&, auto&) {}, "forgot-password", "accepted"},
      {throws(Unavailable("gone")), "forgot-password", "unavailable"},
      {throws(std::runtime_error("a bug")), "forgot-password", "problem_500"},
      {[](auto&, auto& request) { drop(request, "content-type"); }, "forgot-password", "problem_415"},
      {sign_again(kPath, "{"), "forgot-password", "problem_400"},
      {sign_again("/internal/nothing", kBody), "unknown", "problem_404"},
  };
  for (const auto& row : rows) {
    RoutesWorld world;
    auto request = good_request();
    row.spoil(world, request);
    world.routes.answer(request);
    INFO(row.outcome);
    const auto requests = world.metrics.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].use_case == row.use_case);
    CHECK(requests[0].outcome == row.outcome);
  }
}

TEST_CASE("an unsigned call is logged with its outcome and no word of the caller's, and counts as no call of a use case",
          "[internal_routes]") {
  RoutesWorld world;
  auto request = good_request();
  drop(request, "signature");
  world.routes.answer(request);
  CHECK(world.metrics.requests().empty());
  CHECK_THAT(world.events.text(), Catch::Contains("outcome=problem_401\n") && !Catch::Contains("use_case"));
}

TEST_CASE("every key of the ring verifies", "[internal_routes]") {
  RoutesWorld world;
  CHECK(world.routes.answer(signed_request(kPath, kBody, seconds_from_now(0), *kKeys.find(2))).status == 200);
}

TEST_CASE("the request id of the body must be the signature's nonce", "[internal_routes]") {
  RoutesWorld world;
  auto body = kBody;
  body.replace(body.find(kId), 1, "B");
  CHECK(world.routes.answer(signed_request(kPath, body, seconds_from_now(0), kKeys.signing_key())).status >= 400);
  CHECK(world.executed() == 0);
}

TEST_CASE("paths match to the letter", "[internal_routes]") {
  RoutesWorld world;
  for (const auto* path : {"/", "/internal", "/internal/", "/internal/forgot-password/", "/internal//forgot-password",
                           "/internal/forgot-password?x=1", "/internal/%66orgot-password", "//internal/forgot-password",
                           "/INTERNAL/forgot-password", "/x/../internal/forgot-password"}) {
    INFO(path);
    auto request = good_request();
    request.target = path;
    CHECK(world.routes.answer(request).status == 404);
  }
  CHECK(world.executed() == 0);
}

TEST_CASE("an unsigned call does not learn which use cases exist", "[internal_routes]") {
  RoutesWorld world;
  auto request = signed_request("/internal/nothing", kBody, seconds_from_now(0), kKeys.signing_key());
  CHECK(world.routes.answer(request).status == 404);
  drop(request, "signature");
  CHECK(is_bad_signature(world.routes.answer(request)));
}

TEST_CASE("a use case that does not exist is counted without its name, whatever the body", "[internal_routes]") {
  RoutesWorld world;
  MetricsRegistry metrics;
  InternalRoutes routes{{world.api, kKeys, world.clock, world.call_events, metrics}};
  auto request = signed_request("/internal/nothing", kBody, seconds_from_now(0), kKeys.signing_key());
  CHECK(routes.answer(request).status == 404);
  drop(request, "content-type");
  CHECK(routes.answer(request).status == 415);
  for (const auto* outcome : {"problem_404", "problem_415"}) {
    CHECK_THAT(metrics.text(), Catch::Contains("{outcome=\"" + std::string(outcome) + "\",use_case=\"unknown\"} 1"));
  }
}

TEST_CASE("a method other than POST gets 405", "[internal_routes]") {
  RoutesWorld world;
  auto request = good_request();
  request.method = "GET";
  const auto answer = world.routes.answer(request);
  CHECK(answer.status == 405);
  REQUIRE(answer.fields.size() == 1);
  CHECK(answer.fields[0].value == "POST");
}

TEST_CASE("a signed body with another media type than JSON is refused", "[internal_routes]") {
  RoutesWorld world;
  auto request = good_request();
  drop(request, "content-type");
  request.fields.push_back({"content-type", "text/plain"});
  CHECK(world.routes.answer(request).status == 415);
  CHECK(world.executed() == 0);
}

TEST_CASE("S20: NUL is refused even under a good signature", "[internal_routes][S20]") {
  RoutesWorld world;
  auto body = kBody;
  body.replace(body.find("ada@"), 4, R"(a\u0000@)");
  const auto answer = world.routes.answer(signed_request(kPath, body, seconds_from_now(0), kKeys.signing_key()));
  CHECK(answer.status == 422);
  CHECK(answer.content_type == "application/problem+json");
  CHECK(world.executed() == 0);
}

}  // namespace rekey::test
