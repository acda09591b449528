#include "origin/system/process_figures.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <regex>
#include <thread>

namespace rekey::test {
namespace {

double shown(const MetricsRegistry& metrics, const std::string& name) {
  const auto text = metrics.text();
  const auto at = text.find("\n" + name + " ");
  REQUIRE(at != text.npos);
  return std::stod(text.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("the figures are those of this process", "[process_figures]") {
  MetricsRegistry metrics;
  show_process_figures(metrics);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(shown(metrics, "process_start_time_seconds") <= now);
  CHECK(shown(metrics, "process_start_time_seconds") > now - 86'400);
  CHECK(shown(metrics, "process_resident_memory_bytes") > 1'000'000);
  CHECK(shown(metrics, "process_virtual_memory_bytes") >= shown(metrics, "process_resident_memory_bytes"));
  CHECK(shown(metrics, "rekey_memory_limit_bytes") > shown(metrics, "process_resident_memory_bytes"));
  CHECK(shown(metrics, "process_max_fds") >= shown(metrics, "process_open_fds"));
}

TEST_CASE("they follow the process", "[process_figures]") {
  MetricsRegistry metrics;
  show_process_figures(metrics);
  const auto descriptors = shown(metrics, "process_open_fds");
  const auto threads = shown(metrics, "process_threads");
  const int copy = ::dup(STDERR_FILENO);
  std::thread thread([&] { show_process_figures(metrics); });
  thread.join();
  CHECK(shown(metrics, "process_open_fds") == descriptors + 1);
  CHECK(shown(metrics, "process_threads") == threads + 1);
  ::close(copy);
}

}  // namespace rekey::test
