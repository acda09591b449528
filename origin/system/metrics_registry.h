// The metrics as Prometheus text (exposition format 0.0.4), by prometheus-cpp, which only metrics_registry.cpp includes.
#pragma once

#include <memory>
#include <string>

#include "origin/ports/metrics.h"

namespace rekey {

class MetricsRegistry final : public Metrics {
 public:
  MetricsRegistry();
  ~MetricsRegistry() override;

  using Metrics::count;
  using Metrics::set;
  void count(Counter counter, Label label) override;
  void set(Gauge gauge, std::int64_t value, Label label) override;
  void observe(Timing timing, std::chrono::nanoseconds duration) override;
  void request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) override;
  void ended(Ended what, MailEnd end) override;

  std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace rekey
