// Statistics of paired times: whether a takes longer than b, by how much, and how certain that is. Pure functions, used by
// timing_statistics. Tests by ranks and signs, not by means: times have long tails, which break a t-test.
// Why valid: the order within a pair is random, so that without a difference each sign is a fair coin, whatever drifts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rekey::timing {

struct Interval {
  double low = 0;
  double high = 0;
};

// Returns: the quantile by linear interpolation between neighbours (Hyndman and Fan's type 7, as R and NumPy do by default).
// In: at least one value, in ascending order; `at` from 0 to 1.
double quantile(std::span<const double> sorted, double at);

// Two-sided exact sign test; pairs without a difference are left out. Returns: the p-value, 1 if no pair is left.
double sign_test(std::span<const double> differences);

struct SignedRank {
  double positive = 0;  // W+: the sum of the ranks of differences above 0
  double p = 1;         // two-sided, by the normal approximation with corrections for ties and continuity: for 20 pairs and more
};

// Wilcoxon's signed-rank test; pairs without a difference are left out, equal sizes share their mean rank.
SignedRank signed_rank_test(std::span<const double> differences);

// Returns: the medians of `resamples` samples drawn with replacement, in ascending order. The same seed gives the same medians.
// In: at least one difference.
std::vector<double> bootstrap_medians(std::span<const double> differences, std::size_t resamples, std::uint64_t seed);

// The middle part of values in ascending order: `level` 0.95 leaves out a fortieth at either end.
Interval central_interval(std::span<const double> sorted, double level);

// Returns: the share of differences above 0, those of 0 counting half: P(a > b).
double share_above_zero(std::span<const double> differences);

}  // namespace rekey::timing
