#include "tests/timing/paired_statistics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace rekey::timing;

namespace {

// Darwin's maize, crossed less self-fertilised, in eighths of an inch; in Fisher, The Design of Experiments, section 17.
const std::vector<double> kDarwin{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};

// Hamilton depression scale of nine patients at two visits; Hollander and Wolfe, Nonparametric Statistical Methods, 1973, p. 29.
const std::vector<double> kDepression{0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01};

double positive_ranks(const std::vector<double>& differences) { return signed_rank_test(differences).positive; }

// The p-value by definition: the share of all 2^n assignments of signs whose W+ lies at least as far from the middle.
double enumerated_p(const std::vector<double>& differences) {
  const double n = static_cast<double>(differences.size());
  const double middle = n * (n + 1) / 4;
  const double seen = std::abs(positive_ranks(differences) - middle);
  const std::size_t ways = std::size_t{1} << differences.size();
  std::size_t as_far = 0;
  for (std::size_t signs = 0; signs < ways; ++signs) {
    auto flipped = differences;
    for (std::size_t i = 0; i < flipped.size(); ++i) flipped[i] = std::copysign(flipped[i], (signs >> i & 1) != 0 ? 1.0 : -1.0);
    as_far += std::abs(positive_ranks(flipped) - middle) >= seen - 1e-9 ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(ways);
}

std::vector<double> normal_differences(std::size_t count, double shift, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(shift, 1);
  std::vector<double> values(count);
  for (auto& value : values) value = normal(random);
  return values;
}

}  // namespace

TEST_CASE("Wilcoxon's sum of ranks agrees with the literature", "[paired_statistics]") {
  CHECK(positive_ranks(kDarwin) == 96);
  CHECK(positive_ranks(kDepression) == 40);
}

TEST_CASE("Wilcoxon's p-value is close to the enumerated one", "[paired_statistics]") {
  CHECK(enumerated_p(kDarwin) == Approx(0.041259765625));
  CHECK(signed_rank_test(kDarwin).p == Approx(0.041259765625).epsilon(0.1));
  const std::vector<double> tied{1, 1, -1, -2, 2, 2, -2, 3, 3, 4, 4, -4, -4, 5, 5, 6};
  CHECK(signed_rank_test(tied).p == Approx(enumerated_p(tied)).epsilon(0.15));
}

TEST_CASE("Wilcoxon's correction for ties agrees with the literature", "[paired_statistics]") {
  // Four sizes, tied in pairs: n(n+1)(2n+1)/24 - 2 * (8 - 2) / 48 = 7.5 - 0.25; W+ = 10, 5 from the middle, 4.5 corrected.
  CHECK(signed_rank_test(std::vector<double>{1, 1, 2, 2}).p == Approx(std::erfc(4.5 / std::sqrt(2 * 7.25))));
}

TEST_CASE("pairs without a difference change no p-value", "[paired_statistics]") {
  auto padded = kDarwin;
  padded.insert(padded.end(), 10, 0.0);
  CHECK(signed_rank_test(padded).p == signed_rank_test(kDarwin).p);
  CHECK(sign_test(padded) == sign_test(kDarwin));
  CHECK(sign_test(std::vector<double>(30, 0.0)) == 1);
  CHECK(signed_rank_test(std::vector<double>(30, 0.0)).p == 1);
}

TEST_CASE("the sign test is exact", "[paired_statistics]") {
  CHECK(sign_test(kDarwin) == Approx(2 * (1 + 15 + 105) / 32768.0));  // 2 of 15
  CHECK(sign_test(std::vector<double>(50, 1.0)) == Approx(std::ldexp(1.0, -49)));
  CHECK(sign_test(std::vector<double>{1, -1, 1, -1}) == 1);
}

TEST_CASE("the sign test of many pairs is close to the normal approximation", "[paired_statistics]") {
  std::vector<double> differences(15'300, 1.0);
  differences.resize(30'000, -1.0);
  const double z = (300 - 0.5) / std::sqrt(30'000 / 4.0);
  CHECK(sign_test(differences) == Approx(std::erfc(z / std::sqrt(2.0))).epsilon(0.01));
}

TEST_CASE("a quantile is interpolated between its neighbours as in R and NumPy", "[paired_statistics]") {
  const std::vector<double> sorted{1, 2, 3, 4};
  CHECK(quantile(sorted, 0) == 1);
  CHECK(quantile(sorted, 0.1) == Approx(1.3));
  CHECK(quantile(sorted, 0.5) == Approx(2.5));
  CHECK(quantile(sorted, 1) == 4);
}

TEST_CASE("the share of slower values counts a tie as half", "[paired_statistics]") {
  CHECK(share_above_zero(std::vector<double>{1, 2, -1, 0}) == Approx(0.625));
}

TEST_CASE("bootstrap medians have the distribution of all samples with replacement", "[paired_statistics]") {
  // Of three values the middle one is a sample's median with probability 13/27, either other with 7/27.
  const auto medians = bootstrap_medians(std::vector<double>{10, 30, 20}, 100'000, 1);
  const auto share = [&](double value) { return static_cast<double>(std::ranges::count(medians, value)) / 100'000; };
  CHECK(share(10) == Approx(7 / 27.0).margin(0.01));
  CHECK(share(20) == Approx(13 / 27.0).margin(0.01));
  CHECK(share(30) == Approx(7 / 27.0).margin(0.01));
}

TEST_CASE("an even sample's median lies between its two middle values", "[paired_statistics]") {
  const auto medians = bootstrap_medians(std::vector<double>{0, 1}, 40'000, 1);
  CHECK(std::ranges::count(medians, 0.5) == Approx(20'000).margin(500));
}

TEST_CASE("the same seed gives the same intervals", "[paired_statistics]") {
  const auto differences = normal_differences(200, 0, 5);
  CHECK(bootstrap_medians(differences, 200, 7) == bootstrap_medians(differences, 200, 7));
  CHECK(bootstrap_medians(differences, 200, 7) != bootstrap_medians(differences, 200, 8));
}

TEST_CASE("the bootstrap interval has the theoretical width for a median", "[paired_statistics]") {
  // The median of n normal values has the standard error sqrt(pi / 2n).
  const auto medians = bootstrap_medians(normal_differences(2'000, 3, 11), 2'000, 1);
  const auto [low, high] = central_interval(medians, 0.95);
  CHECK(high - low == Approx(2 * 1.96 * std::sqrt(std::acos(-1) / 4'000)).epsilon(0.3));
  CHECK(low < 3);
  CHECK(3 < high);
}

TEST_CASE("p-values find a shift, and without one they fall below a level as often as the level says", "[paired_statistics]") {
  CHECK(signed_rank_test(normal_differences(1'000, 0.3, 1)).p < 1e-9);
  CHECK(sign_test(normal_differences(1'000, 0.3, 1)) < 1e-9);
  int below = 0;
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed)
    below += signed_rank_test(normal_differences(100, 0, seed)).p < 0.05 ? 1 : 0;
  CHECK(below == Approx(100).margin(45));
}
