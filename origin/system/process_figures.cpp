#include "origin/system/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "origin/system/machine_memory.h"

namespace rekey {
namespace {

// The fields of /proc/self/stat that are read here, by their numbers in proc(5).
struct Stat {
  double ticks_of_processor = 0;    // 14 and 15: in user mode and in the kernel
  std::int64_t threads = 0;         // 20
  double ticks_until_start = 0;     // 22: since the machine's start
  std::int64_t virtual_bytes = 0;   // 23
  std::int64_t resident_pages = 0;  // 24
};

constexpr int kFirst = 3;  // the field after the program's name, which may hold spaces and brackets

bool read_stat(Stat& stat) {
  std::ifstream file("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) return false;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  const auto skip_from_to = [&](int from, int to) {
    while (from++ < to) fields >> skipped;
  };
  double in_kernel = 0;
  skip_from_to(kFirst, 14);
  fields >> stat.ticks_of_processor >> in_kernel;
  skip_from_to(16, 20);
  fields >> stat.threads;
  skip_from_to(21, 22);
  fields >> stat.ticks_until_start >> stat.virtual_bytes >> stat.resident_pages;
  stat.ticks_of_processor += in_kernel;
  return !fields.fail();
}

double seconds_of(double ticks) { return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

double seconds_on(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Computed once: the figure must not move with the wall clock.
std::int64_t started_at(const Stat& stat) {
  static const double start = seconds_on(CLOCK_REALTIME) - seconds_on(CLOCK_BOOTTIME) + seconds_of(stat.ticks_until_start);
  return static_cast<std::int64_t>(start);
}

void show_descriptors(Metrics& metrics) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) metrics.set(Gauge::kMostDescriptors, static_cast<std::int64_t>(limit.rlim_cur));
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return;
  const auto open = std::distance(begin(entries), end(entries));
  metrics.set(Gauge::kOpenDescriptors, open - 1);  // without the one that reads the folder
}

void show_memory_limit(Metrics& metrics) {
  const auto memory = read_machine_memory();
  const auto total = memory.total.value_or(~std::uint64_t{0});
  const auto limit = std::min(memory.group.value_or(total), total);
  if (memory.group || memory.total) metrics.set(Gauge::kMemoryLimit, static_cast<std::int64_t>(limit));
}

}  // namespace

void show_process_figures(MetricsRegistry& metrics) {
  show_descriptors(metrics);
  show_memory_limit(metrics);
  Stat stat;
  if (!read_stat(stat)) return;
  metrics.show_total(Counter::kCpuSeconds, seconds_of(stat.ticks_of_processor));
  metrics.set(Gauge::kThreads, stat.threads);
  metrics.set(Gauge::kVirtualMemory, stat.virtual_bytes);
  metrics.set(Gauge::kResidentMemory, stat.resident_pages * ::sysconf(_SC_PAGESIZE));
  metrics.set(Gauge::kStartTime, started_at(stat));
}

}  // namespace rekey
