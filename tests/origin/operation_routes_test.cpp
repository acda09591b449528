#include "origin/api/operation_routes.h"

#include <catch2/catch.hpp>

#include "origin/ports/unavailable.h"
#include "origin/system/metrics_registry.h"
#include "tests/origin/use_case_fakes.h"

namespace rekey::test {
namespace {

HttpRequest request(const std::string& method, const std::string& target) {
  HttpRequest result;
  result.method = method;
  result.target = target;
  return result;
}

struct RoutesWorld {
  explicit RoutesWorld(std::function<void()> ping)
      : routes({std::move(ping), [] { return std::string("numbers"); }}, FaultBarrier(log, metrics)) {}

  FakeEventLog log;
  FakeMetrics metrics;
  OperationRoutes routes;
};

}  // namespace

TEST_CASE("the process is healthy whatever the database does; readiness is another matter", "[operation_routes]") {
  RoutesWorld ill([] { throw Unavailable("gone"); });
  auto& routes = ill.routes;
  CHECK(routes.answer(request("GET", "/healthz")).status == 200);
  CHECK(routes.answer(request("GET", "/readyz")).status == 503);
  CHECK(routes.answer(request("GET", "/metrics")).body == "numbers");
  RoutesWorld well([] {});
  CHECK(well.routes.answer(request("GET", "/readyz")).status == 200);
}

TEST_CASE("the operation listener serves nothing else", "[operation_routes]") {
  RoutesWorld world([] {});
  auto& routes = world.routes;
  for (const auto* target : {"/", "/metrics/", "/metrics?x", "/internal/health", "/health"}) {
    CHECK(routes.answer(request("GET", target)).status == 404);
  }
  CHECK(routes.answer(request("POST", "/metrics")).status == 405);
}

TEST_CASE("the counters can be read", "[operation_routes][metrics]") {
  MetricsRegistry metrics;
  metrics.request_done("forgot-password", "accepted", std::chrono::milliseconds(3));
  metrics.count(Counter::kMails, Label::kTaken);
  metrics.count(Counter::kMails, Label::kTaken);
  metrics.set(Gauge::kHashQueue, 7);
  metrics.observe(Timing::kHash, std::chrono::milliseconds(40));
  const auto text = metrics.text();
  CHECK_THAT(text, Catch::Contains(R"(rekey_requests_total{outcome="accepted",use_case="forgot-password"} 1)"));
  CHECK_THAT(text, Catch::Contains(R"(rekey_request_seconds_bucket{use_case="forgot-password",le="0.005"} 1)"));
  CHECK_THAT(text, Catch::Contains(R"(rekey_mails_total{what="taken"} 2)"));
  CHECK_THAT(text, Catch::Contains("rekey_hash_queue 7"));
  CHECK_THAT(text, Catch::Contains("rekey_hash_seconds_count 1"));
}

TEST_CASE("every counter begins at zero with each of its labels, so that an alarm sees it grow",
          "[operation_routes][metrics][T23]") {
  const auto text = MetricsRegistry().text();
  CHECK_THAT(text, Catch::Contains("rekey_unknown_authentic_tokens_total 0"));
  for (const auto& row : kCounters) {
    for (const Label label : row.labels) {
      CHECK_THAT(text, Catch::Contains(std::string(row.name) + "{what=\"" + std::string(word_of(label)) + "\"} 0"));
    }
  }
}

}  // namespace rekey::test
