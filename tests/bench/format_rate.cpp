// New password hashes of one form (PASSWORD_FORMAT) on one core, by the origin's own hasher with the default costs.
//   format_rate FORMAT SECONDS
// Prints {"hashes": N, "seconds": S}.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "origin/passwords/format_hasher.h"
#include "origin/system/json_log.h"
#include "origin/system/metrics_registry.h"
#include "origin/system/system_random.h"

namespace rekey::bench {
namespace {

using std::chrono::steady_clock;

PasswordFormatSettings defaults_of(const std::string& word) {
  const auto format = find_password_format(word);
  if (!format) throw std::invalid_argument("FORMAT must be a word of PASSWORD_FORMAT");
  PasswordFormatSettings settings{.format = *format};
  if (*format == PasswordFormat::kAspnetV3) settings.pbkdf2_iterations = kIterationsOfSha512;
  return settings;
}

void measure(const std::string& word, double seconds) {
  SystemRandom random;
  MetricsRegistry metrics;
  JsonLog log{{.level = LogLevel::kError}};
  FormatHasher hasher(defaults_of(word), HashTurnSettings{}, random, metrics, log);
  int hashes = 0;
  const auto begin = steady_clock::now();
  std::chrono::duration<double> took{0};
  while (took.count() < seconds) {
    if (!hasher.hash("an umbrella at noon", [] { return true; })) throw std::runtime_error("no hash was made");
    ++hashes;
    took = steady_clock::now() - begin;
  }
  std::printf("{\"hashes\": %d, \"seconds\": %.6f}\n", hashes, took.count());
}

}  // namespace
}  // namespace rekey::bench

int main(int count, char** words) {
  try {
    if (count != 3 || std::atof(words[2]) <= 0) throw std::invalid_argument("usage: format_rate FORMAT SECONDS");
    rekey::bench::measure(words[1], std::atof(words[2]));
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "format_rate: %s\n", fault.what());
    return 2;
  }
}
