#include "tests/timing/paired_statistics.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace rekey::timing {
namespace {

std::vector<double> without_zeros(std::span<const double> values) {
  std::vector<double> kept;
  std::ranges::copy_if(values, std::back_inserter(kept), [](double value) { return value != 0; });
  return kept;
}

// P(X <= most) for X of n fair coins, summed from the largest term down: the omitted terms are far below a double's precision.
double fair_coin_tail(std::size_t n, std::size_t most) {
  const auto count = static_cast<double>(n);
  const auto log_chance = [&](double k) {
    return std::lgamma(count + 1) - std::lgamma(k + 1) - std::lgamma(count - k + 1) - count * std::log(2.0);
  };
  double term = std::exp(log_chance(static_cast<double>(most)));
  double sum = term;
  for (auto k = static_cast<double>(most); k > 0 && term > sum * 1e-17; --k) sum += term *= k / (count - k + 1);
  return sum;
}

struct Ranks {
  std::vector<double> of_size;  // by index in ascending order of size
  double tied = 0;              // sum of t^3 - t over groups of t equal sizes
};

Ranks rank(std::span<const double> by_size) {
  Ranks ranks;
  ranks.of_size.resize(by_size.size());
  for (std::size_t first = 0, end = 0; first < by_size.size(); first = end) {
    while (end < by_size.size() && std::abs(by_size[end]) == std::abs(by_size[first])) ++end;
    const auto ties = static_cast<double>(end - first);
    ranks.tied += ties * ties * ties - ties;
    const double mean = (static_cast<double>(first + 1) + static_cast<double>(end)) / 2;
    std::fill(ranks.of_size.begin() + static_cast<std::ptrdiff_t>(first),
              ranks.of_size.begin() + static_cast<std::ptrdiff_t>(end), mean);
  }
  return ranks;
}

// A draw below `bound` (Lemire) whose bias is below bound / 2^64.
std::size_t draw_below(std::mt19937_64& random, std::size_t bound) {
  return static_cast<std::size_t>((static_cast<unsigned __int128>(random()) * bound) >> 64);
}

// The median of values drawn from sorted ones is the value at the median place: comparing places is cheaper than comparing
// values.
double median_of_places(std::vector<std::uint32_t>& places, std::span<const double> sorted) {
  const auto middle = places.begin() + static_cast<std::ptrdiff_t>(places.size() / 2);
  std::nth_element(places.begin(), middle, places.end());
  if (places.size() % 2 == 1) return sorted[*middle];
  return (sorted[*std::max_element(places.begin(), middle)] + sorted[*middle]) / 2;
}

}  // namespace

double quantile(std::span<const double> sorted, double at) {
  const double place = at * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double sign_test(std::span<const double> differences) {
  const auto count = [&](auto is_so) { return static_cast<std::size_t>(std::ranges::count_if(differences, is_so)); };
  const auto above = count([](double d) { return d > 0; });
  const auto below = count([](double d) { return d < 0; });
  return std::min(1.0, 2 * fair_coin_tail(above + below, std::min(above, below)));
}

SignedRank signed_rank_test(std::span<const double> differences) {
  auto values = without_zeros(differences);
  if (values.empty()) return {};
  std::ranges::sort(values, {}, [](double value) { return std::abs(value); });
  const auto ranks = rank(values);
  SignedRank result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] > 0) result.positive += ranks.of_size[i];
  }
  const auto n = static_cast<double>(values.size());
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ranks.tied / 48;
  const double distance = std::max(0.0, std::abs(result.positive - n * (n + 1) / 4) - 0.5);
  result.p = std::erfc(distance / std::sqrt(2 * variance));
  return result;
}

std::vector<double> bootstrap_medians(std::span<const double> differences, std::size_t resamples, std::uint64_t seed) {
  std::vector<double> sorted(differences.begin(), differences.end());
  std::ranges::sort(sorted);
  std::mt19937_64 random(seed);
  std::vector<std::uint32_t> places(sorted.size());
  std::vector<double> medians(resamples);
  for (auto& median : medians) {
    for (auto& place : places) place = static_cast<std::uint32_t>(draw_below(random, sorted.size()));
    median = median_of_places(places, sorted);
  }
  std::ranges::sort(medians);
  return medians;
}

Interval central_interval(std::span<const double> sorted, double level) {
  const double left_out = (1 - level) / 2;
  return {quantile(sorted, left_out), quantile(sorted, 1 - left_out)};
}

double share_above_zero(std::span<const double> differences) {
  double sum = 0;
  for (const double d : differences) sum += d > 0 ? 1 : d == 0 ? 0.5 : 0;
  return sum / static_cast<double>(differences.size());
}

}  // namespace rekey::timing
