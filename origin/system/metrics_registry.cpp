#include "origin/system/metrics_registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <new>
#include <vector>

namespace rekey {
namespace {

using prometheus::Family;
using prometheus::Histogram;
using prometheus::Labels;

// In seconds, from a fast INSERT to a caller that gave up; a mail may take 20 s.
const Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

template <class Builder, class Row>
auto& family(Builder builder, prometheus::Registry& registry, const Row& row) {
  return builder.Name(std::string(row.name)).Help(std::string(row.help)).Register(registry);
}

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

Labels labelled(const char* name, Label label) {
  return label == Label::kNone ? Labels{} : Labels{{name, std::string(word_of(label))}};
}

// Counting must never fail a request.
template <class Work>
void quietly(const Work& work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    return;
  }
}

}  // namespace

struct MetricsRegistry::Families {
  prometheus::Registry registry;

  Family<prometheus::Counter>& requests =
      prometheus::BuildCounter().Name("rekey_requests_total").Help("Signed calls by use case and outcome.").Register(registry);
  Family<Histogram>& request_seconds =
      prometheus::BuildHistogram().Name("rekey_request_seconds").Help("Time to answer a signed call.").Register(registry);

  Family<prometheus::Counter>& requests_ended = prometheus::BuildCounter()
                                                    .Name("rekey_reset_requests_ended_total")
                                                    .Help("Reset requests by their terminal state and its cause.")
                                                    .Register(registry);
  Family<prometheus::Counter>& notices_ended = prometheus::BuildCounter()
                                                   .Name("rekey_notices_ended_total")
                                                   .Help("Mails about a changed password by their terminal state and its cause.")
                                                   .Register(registry);

  std::vector<Family<prometheus::Counter>*> by_counter;
  std::vector<Family<prometheus::Gauge>*> by_gauge;
  std::vector<Family<Histogram>*> by_timing;

  Families() {
    for (const auto& row : kCounters) by_counter.push_back(&family(prometheus::BuildCounter(), registry, row));
    for (const auto& row : kGauges) by_gauge.push_back(&family(prometheus::BuildGauge(), registry, row));
    for (const auto& row : kTimings) by_timing.push_back(&family(prometheus::BuildHistogram(), registry, row));
  }

  prometheus::Counter& counter(Counter key, Label label) {
    return by_counter[static_cast<std::size_t>(key)]->Add(labelled("what", label));
  }

  prometheus::Counter& end(Ended what, MailEnd end) {
    const auto& row = row_of(end);
    return (what == Ended::kRequest ? requests_ended : notices_ended)
        .Add({{"state", std::string(row.state)}, {"cause", std::string(row.cause)}});
  }
};

// Creates each counter with each of its labels at once: an alert on its increase must see the zero first.
MetricsRegistry::MetricsRegistry() : families_(std::make_unique<Families>()) {
  for (const auto& row : kCounters) {
    if (row.labels.begin() == row.labels.end()) families_->counter(row.key, Label::kNone);
    for (const Label label : row.labels) families_->counter(row.key, label);
  }
  for (const auto& row : kMailEnds) {
    for (const Ended what : {Ended::kRequest, Ended::kNotice}) families_->end(what, row.key);
  }
}
MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::count(Counter counter, Label label) {
  quietly([&] { families_->counter(counter, label).Increment(); });
}

void MetricsRegistry::set(Gauge gauge, std::int64_t value, Label label) {
  quietly([&] {
    families_->by_gauge[static_cast<std::size_t>(gauge)]->Add(labelled("state", label)).Set(static_cast<double>(value));
  });
}

void MetricsRegistry::observe(Timing timing, std::chrono::nanoseconds duration) {
  quietly([&] { families_->by_timing[static_cast<std::size_t>(timing)]->Add({}, kBuckets).Observe(seconds(duration)); });
}

void MetricsRegistry::request_done(std::string_view use_case, std::string_view outcome, std::chrono::nanoseconds duration) {
  quietly([&] {
    families_->requests.Add({{"use_case", std::string(use_case)}, {"outcome", std::string(outcome)}}).Increment();
    families_->request_seconds.Add({{"use_case", std::string(use_case)}}, kBuckets).Observe(seconds(duration));
  });
}

void MetricsRegistry::ended(Ended what, MailEnd end) {
  quietly([&] { families_->end(what, end).Increment(); });
}

std::string MetricsRegistry::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace rekey
