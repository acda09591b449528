#include "origin/system/metrics_registry.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <atomic>
#include <iterator>
#include <new>
#include <vector>

#include "shared/internal_calls.h"

namespace rekey {
namespace {

using prometheus::ClientMetric;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::MetricFamily;
using prometheus::MetricType;

// In seconds, from a fast INSERT to a caller that gave up; a mail may take 20 s.
const Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

// The ends of a call that are no outcome of its use case (origin/api/internal_api.h, call_record.h).
constexpr std::string_view kFailures[] = {"unavailable", "problem_400", "problem_413",
                                          "problem_415", "problem_422", "problem_500"};

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

// Counting must never fail a request.
template <class Work>
void quietly(const Work& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    return;
  }
}

// The values of a table's metrics: one cell for each label, of which those of the row are shown from the start.
template <class Key, std::size_t kSize>
class Cells {
 public:
  explicit Cells(const MetricRow<Key> (&rows)[kSize]) : rows_(rows) {
    for (const auto& row : rows_) {
      if (row.labels.begin() == row.labels.end()) cell(row.key, Label::kNone).shown = true;
      for (const Label label : row.labels) cell(row.key, label).shown = true;
    }
  }

  void add(Key key, Label label) {
    cell(key, label).value.fetch_add(1, std::memory_order_relaxed);
    cell(key, label).shown = true;
  }
  void set(Key key, Label label, double value) {
    cell(key, label).value = value;
    cell(key, label).shown = true;
  }
  void clear(Key key) {
    for (auto& cell : cells_[static_cast<std::size_t>(key)]) cell.shown = false;
  }

  // In: writes the value into the part of ClientMetric that is of the families' type.
  template <class Write>
  void collect(std::vector<MetricFamily>& families, MetricType type, const Write& write) const {
    for (const auto& row : rows_) {
      MetricFamily family{std::string(row.name), std::string(row.help), type, {}};
      for (const auto& label : kLabels) {
        const auto& cell = cells_[static_cast<std::size_t>(row.key)][static_cast<std::size_t>(label.key)];
        if (cell.shown) write(family.metric.emplace_back(labelled(row.label_name, label)), cell.value.load());
      }
      if (!family.metric.empty()) families.push_back(std::move(family));
    }
  }

 private:
  struct Cell {
    std::atomic<double> value{0};
    std::atomic<bool> shown{false};
  };

  Cell& cell(Key key, Label label) { return cells_[static_cast<std::size_t>(key)][static_cast<std::size_t>(label)]; }

  static ClientMetric labelled(std::string_view name, const LabelRow& label) {
    ClientMetric metric;
    if (label.key != Label::kNone) metric.label.push_back({std::string(name), std::string(label.word)});
    return metric;
  }

  const MetricRow<Key> (&rows_)[kSize];
  Cell cells_[kSize][std::size(kLabels)];
};

MetricFamily build_info(const BuildInfo& build) {
  ClientMetric metric;
  metric.label = {{"origin", build.origin}, {"schema", build.schema}, {"version", build.version}};
  metric.gauge.value = 1;
  return {"rekey_build_info", "Always 1; the labels tell which origin and which version.", MetricType::Gauge, {metric}};
}

}  // namespace

struct MetricsRegistry::Numbers {
  const MetricFamily build;
  Cells<Counter, std::size(kCounters)> counters{kCounters};
  Cells<Gauge, std::size(kGauges)> gauges{kGauges};

  prometheus::Registry registry;
  Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("rekey_requests_total").Help("Signed calls by use case and outcome.").Register(registry);
  Family<Histogram>& request_seconds = prometheus::BuildHistogram()
                                           .Name("rekey_request_seconds")
                                           .Help("Time to answer a signed call, with its wait for a thread.")
                                           .Register(registry);
  Family<prometheus::Counter>& requests_ended = prometheus::BuildCounter()
                                                    .Name("rekey_reset_requests_ended_total")
                                                    .Help("Reset requests by their terminal state and its cause.")
                                                    .Register(registry);
  Family<prometheus::Counter>& notices_ended = prometheus::BuildCounter()
                                                   .Name("rekey_notices_ended_total")
                                                   .Help("Mails about a changed password by their terminal state and its cause.")
                                                   .Register(registry);
  std::vector<Histogram*> timings;

  explicit Numbers(const BuildInfo& info) : build(build_info(info)) {
    for (const auto& row : kTimings) {
      auto& family = prometheus::BuildHistogram().Name(std::string(row.name)).Help(std::string(row.help)).Register(registry);
      timings.push_back(&family.Add({}, kBuckets));
    }
    for (const auto& rule : call_rules::kAll) {
      for (const CallOutcome outcome : rule.outcomes) calls(rule.name, outcome_word(outcome));
      for (const auto failure : kFailures) calls(rule.name, failure);
      durations(rule.name);
    }
    for (const auto& row : kMailEnds) {
      for (const Ended what : {Ended::kRequest, Ended::kNotice}) ends(what, row.key);
    }
  }

  prometheus::Counter& calls(std::string_view use_case, std::string_view outcome) {
    return requests.Add({{"use_case", std::string(use_case)}, {"outcome", std::string(outcome)}});
  }
  prometheus::Counter& ends(Ended what, MailEnd end) {
    const auto& row = row_of(end);
    auto& family = what == Ended::kRequest ? requests_ended : notices_ended;
    return family.Add({{"state", std::string(row.state)}, {"cause", std::string(row.cause)}});
  }
  Histogram& durations(std::string_view use_case) { return request_seconds.Add({{"use_case", std::string(use_case)}}, kBuckets); }
};

MetricsRegistry::MetricsRegistry(const BuildInfo& build) : numbers_(std::make_unique<Numbers>(build)) {}
MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::count(Counter counter, Label label) { numbers_->counters.add(counter, label); }

void MetricsRegistry::show_total(Counter counter, double total, Label label) { numbers_->counters.set(counter, label, total); }

void MetricsRegistry::set(Gauge gauge, std::int64_t value, Label label) {
  numbers_->gauges.set(gauge, label, static_cast<double>(value));
}

void MetricsRegistry::clear(Gauge gauge) { numbers_->gauges.clear(gauge); }

void MetricsRegistry::observe(Timing timing, std::chrono::nanoseconds duration) {
  quietly([&] { numbers_->timings[static_cast<std::size_t>(timing)]->Observe(seconds(duration)); });
}

void MetricsRegistry::request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) {
  quietly([&] {
    numbers_->calls(use_case, outcome).Increment();
    numbers_->durations(use_case).Observe(seconds(duration));
  });
}

void MetricsRegistry::ended(Ended what, MailEnd end) {
  quietly([&] { numbers_->ends(what, end).Increment(); });
}

std::string MetricsRegistry::text() const {
  auto families = numbers_->registry.Collect();
  numbers_->counters.collect(families, MetricType::Counter,
                             [](ClientMetric& metric, double value) { metric.counter.value = value; });
  numbers_->gauges.collect(families, MetricType::Gauge, [](ClientMetric& metric, double value) { metric.gauge.value = value; });
  families.push_back(numbers_->build);
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace rekey
