// The metrics as Prometheus text (exposition format 0.0.4), by prometheus-cpp, which only metrics_registry.cpp includes. A value
// has a place of its own from the start, so counting neither allocates nor locks.
#pragma once

#include <memory>
#include <string>

#include "origin/ports/metrics.h"

namespace rekey {

// The labels of rekey_build_info, whose value is always 1.
struct BuildInfo {
  std::string version{};
  std::string schema{};  // the newest migration that the program holds
  std::string origin{};  // as in each line of the log
};

class MetricsRegistry final : public Metrics {
 public:
  explicit MetricsRegistry(const BuildInfo& build = {});
  ~MetricsRegistry() override;

  using Metrics::count;
  using Metrics::set;
  void count(Counter counter, Label label) override;
  void set(Gauge gauge, std::int64_t value, Label label) override;
  void clear(Gauge gauge) override;
  void observe(Timing timing, std::chrono::nanoseconds duration) override;
  void request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) override;
  void ended(Ended what, MailEnd end) override;

  // For a counter that another part keeps: shows its value.
  void show_total(Counter counter, double total, Label label = Label::kNone);

  std::string text() const;

 private:
  struct Numbers;
  std::unique_ptr<Numbers> numbers_;
};

}  // namespace rekey
