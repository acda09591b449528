// Reads pairs `a b` of nanoseconds, one per line, from standard input, and prints all figures about a - b as one JSON object.
// Run by tests/timing/programs.mjs, once for each comparison.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <vector>

#include "tests/timing/paired_statistics.h"

namespace rekey::timing {
namespace {

constexpr std::size_t kResamples = 2'000;
constexpr std::uint64_t kSeed = 20'260'101;  // arbitrary, but fixed: the same samples give the same intervals
constexpr double kQuantiles[] = {0.10, 0.50, 0.90, 0.99};

struct Samples {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<double> differences;
};

Samples read_samples() {
  Samples samples;
  for (double a = 0, b = 0; std::cin >> a >> b;) {
    samples.a.push_back(a);
    samples.b.push_back(b);
    samples.differences.push_back(a - b);
  }
  return samples;
}

void print_interval(const char* name, const Interval& interval) {
  std::printf("\"%s\": [%.0f, %.0f], ", name, interval.low, interval.high);
}

void print_quantiles(Samples& samples) {
  std::ranges::sort(samples.a);
  std::ranges::sort(samples.b);
  std::printf("\"quantiles\": [");
  for (const double at : kQuantiles) {
    const double a = quantile(samples.a, at);
    const double b = quantile(samples.b, at);
    std::printf("%s{\"at\": %.2f, \"a\": %.0f, \"b\": %.0f, \"difference\": %.0f}", at == kQuantiles[0] ? "" : ", ", at, a, b,
                a - b);
  }
  std::printf("]");
}

void print_figures(Samples& samples) {
  auto sorted = samples.differences;
  std::ranges::sort(sorted);
  const auto medians = bootstrap_medians(sorted, kResamples, kSeed);
  std::printf("{\"pairs\": %zu, \"median_difference\": %.0f, ", sorted.size(), quantile(sorted, 0.5));
  print_interval("interval_95", central_interval(medians, 0.95));
  print_interval("interval_99", central_interval(medians, 0.99));
  std::printf("\"signed_rank_p\": %.3g, ", signed_rank_test(sorted).p);
  std::printf("\"sign_p\": %.3g, \"share_slower\": %.4f, ", sign_test(sorted), share_above_zero(sorted));
  print_quantiles(samples);
  std::printf("}\n");
}

}  // namespace
}  // namespace rekey::timing

int main() {
  auto samples = rekey::timing::read_samples();
  if (samples.differences.size() < 20 || !std::cin.eof()) {
    std::fputs("timing_statistics: the input must be at least 20 lines of two numbers\n", stderr);
    return 1;
  }
  rekey::timing::print_figures(samples);
  return 0;
}
