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

TEST_CASE("every metric begins at zero with each of its labels, so that an alarm sees it grow",
          "[operation_routes][metrics][T23]") {
  const auto text = MetricsRegistry().text();
  const auto check = [&](const auto& row) {
    const std::string name(row.name);
    if (row.labels.begin() == row.labels.end()) CHECK_THAT(text, Catch::Contains("\n" + name + " 0\n"));
    for (const Label label : row.labels) {
      CHECK_THAT(text, Catch::Contains(name + "{" + std::string(row.label_name) + "=\"" + std::string(word_of(label)) + "\"} 0"));
    }
  };
  for (const auto& row : kCounters) check(row);
  for (const auto& row : kGauges) check(row);
  for (const auto& row : kTimings) CHECK_THAT(text, Catch::Contains(std::string(row.name) + "_count 0"));
}

TEST_CASE("every use case begins at zero with each outcome that it can have", "[operation_routes][metrics]") {
  const auto text = MetricsRegistry().text();
  for (const auto* series : {R"(rekey_requests_total{outcome="accepted",use_case="forgot-password"} 0)",
                             R"(rekey_requests_total{outcome="bad_token",use_case="reset-password"} 0)",
                             R"(rekey_requests_total{outcome="unavailable",use_case="login"} 0)",
                             R"(rekey_requests_total{outcome="problem_422",use_case="health"} 0)",
                             R"(rekey_request_seconds_count{use_case="me"} 0)"}) {
    CHECK_THAT(text, Catch::Contains(series));
  }
  CHECK(text.find(R"(outcome="bad_token",use_case="login")") == text.npos);
}

TEST_CASE("a gauge whose value is not known is hidden until it is set again", "[operation_routes][metrics]") {
  MetricsRegistry metrics;
  metrics.set(Gauge::kResetRequests, 5, Label::kQueued);
  metrics.clear(Gauge::kResetRequests);
  CHECK(metrics.text().find("rekey_reset_requests{") == std::string::npos);
  metrics.set(Gauge::kResetRequests, 6, Label::kQueued);
  CHECK_THAT(metrics.text(), Catch::Contains(R"(rekey_reset_requests{state="queued"} 6)") &&
                                 !Catch::Contains(R"(rekey_reset_requests{state="sending")"));
}

TEST_CASE("a counter that another part keeps shows that part's total", "[operation_routes][metrics]") {
  MetricsRegistry metrics;
  metrics.show_total(Counter::kPoolWaits, 12, Label::kMail);
  metrics.show_total(Counter::kCpuSeconds, 0.25);
  CHECK_THAT(metrics.text(), Catch::Contains("# TYPE rekey_pool_waits_total counter\n") &&
                                 Catch::Contains(R"(rekey_pool_waits_total{pool="mail"} 12)") &&
                                 Catch::Contains("process_cpu_seconds_total 0.25"));
}

TEST_CASE("the metrics tell version, schema and origin", "[operation_routes][metrics]") {
  const MetricsRegistry metrics({"1.2.3", "0001", "east"});
  CHECK_THAT(metrics.text(), Catch::Contains(R"(rekey_build_info{origin="east",schema="0001",version="1.2.3"} 1)"));
}

}  // namespace rekey::test
