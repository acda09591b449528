#include "origin/system/metrics_registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <new>

namespace rekey {
namespace {

using prometheus::Family;
using prometheus::Histogram;
using prometheus::Labels;

// Seconds. From one INSERT on a good day to a caller that gave up; a mail may take 20 s.
const Histogram::BucketBoundaries kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
Family<Histogram>& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

Labels labelled(const char* name, std::string_view value) {
  return value.empty() ? Labels{} : Labels{{name, std::string(value)}};
}

// Counting must never be the reason why a request fails.
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

  Family<prometheus::Counter>& requests = counters(registry, "rekey_requests_total", "Signed calls by use case and outcome.");
  Family<Histogram>& request_seconds = histograms(registry, "rekey_request_seconds", "Time to answer a signed call.");

  std::array<Family<prometheus::Counter>*, 7> by_counter{
      &counters(registry, "rekey_bad_signatures_total", "Calls without a good signature of the edge."),
      &counters(registry, "rekey_unknown_authentic_tokens_total",
                "Authentic tokens that were never issued: is the key known to others?"),
      &counters(registry, "rekey_mails_total", "Mails by the relay's verdict."),
      &counters(registry, "rekey_reset_requests_ended_total", "Reset requests by the state in which they ended."),
      &counters(registry, "rekey_unavailable_total", "Work that had to be put off."),
      &counters(registry, "rekey_alarms_total", "What a person has to look at."),
      &counters(registry, "rekey_hashes_total", "Slow hashes by kind; a refused log-in takes one of each kind in use."),
  };
  std::array<Family<prometheus::Gauge>*, 3> by_gauge{
      &gauges(registry, "rekey_hash_queue", "Callers that wait for their turn to hash a password."),
      &gauges(registry, "rekey_reset_requests", "Reset requests by state."),
      &gauges(registry, "rekey_connections", "Connections to the listeners."),
  };
  std::array<Family<Histogram>*, 4> by_timing{
      &histograms(registry, "rekey_hash_seconds", "One slow hash."),
      &histograms(registry, "rekey_hash_wait_seconds", "Waiting for the turn to hash."),
      &histograms(registry, "rekey_mail_seconds", "One mail, to the relay's verdict."),
      &histograms(registry, "rekey_mail_delay_seconds", "From a request to the relay taking its mail."),
  };
};

// The rarest counter stands there from the beginning: an alarm that watches its growth must see the zero first.
MetricsRegistry::MetricsRegistry() : families_(std::make_unique<Families>()) {
  families_->by_counter[static_cast<std::size_t>(Counter::kUnknownAuthenticTokens)]->Add({});
}
MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::count(Counter counter, std::string_view label) {
  quietly([&] { families_->by_counter[static_cast<std::size_t>(counter)]->Add(labelled("what", label)).Increment(); });
}

void MetricsRegistry::set(Gauge gauge, std::int64_t value, std::string_view label) {
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

std::string MetricsRegistry::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace rekey
