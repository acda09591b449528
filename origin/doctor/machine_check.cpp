#include "origin/doctor/machine_check.h"

#include <sys/resource.h>

#include <string>

#include "origin/system/machine_memory.h"

namespace rekey {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

std::optional<std::uint64_t> soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

// Connections to both listeners (FrontLimits, ops_limits() in origin.cpp), and files, pipes and sockets of the process itself.
constexpr std::uint64_t kMostConnections = 4096 + 64;
constexpr std::uint64_t kOwnDescriptors = 64;

std::uint64_t needed_descriptors(const ServiceSettings& settings) {
  return kOwnDescriptors + settings.database_pool_size + settings.mail_senders + 2 * settings.webhooks.size();
}

// What an origin holds under load, and the memory of the hashes that it computes at once.
std::uint64_t needed_memory(const ServiceSettings& settings) {
  constexpr std::uint64_t kHeld = 96 * kMiB;
  return kHeld + settings.hash_parallel * std::uint64_t{memory_of_format(settings.password_format)};
}

Finding finding(Verdict verdict, std::string_view cause, const std::string& text) {
  return {Check::kMachine, verdict, cause, text};
}

void judge_descriptors(const ServiceSettings& settings, std::uint64_t allowed, std::vector<Finding>& findings) {
  const auto least = needed_descriptors(settings) + 256;  // room for that many callers
  const auto wanted = needed_descriptors(settings) + kMostConnections;
  const auto text = std::to_string(allowed) + " descriptors are allowed (ulimit -n, LimitNOFILE of systemd)";
  if (allowed < least) {
    findings.push_back(
        finding(Verdict::kWrong, "descriptors", text + ": the origin needs " + std::to_string(least) + " at least"));
  } else if (allowed < wanted) {
    findings.push_back(finding(Verdict::kNote, "descriptors",
                               text + ": with " + std::to_string(wanted) + " slow callers can take none from honest ones"));
  }
}

void judge_memory(const ServiceSettings& settings, const MachineLimits& limits, std::vector<Finding>& findings) {
  const auto needed = needed_memory(settings);
  const auto judge = [&](std::optional<std::uint64_t> allowed, std::string_view whose, Verdict verdict) {
    if (!allowed || *allowed >= needed) return;
    findings.push_back(finding(verdict, "memory",
                               std::string(whose) + " " + std::to_string(*allowed / kMiB) + " MiB: HASH_PARALLEL hashes of " +
                                   "ARGON2_MEMORY_KIB and the origin itself need " + std::to_string(needed / kMiB) +
                                   "; stored hashes of another kind may need more"));
  };
  judge(limits.group_memory, "the control group allows (MemoryMax of systemd, a container's limit)", Verdict::kWrong);
  judge(limits.address_space, "the address space is limited (ulimit -v) to", Verdict::kWrong);
  judge(limits.available_memory, "the machine has left", Verdict::kNote);
}

}  // namespace

MachineLimits read_machine_limits() {
  constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};
  const auto memory = read_machine_memory();
  return {soft_limit(RLIMIT_NOFILE).value_or(kUnlimited), memory.group, soft_limit(RLIMIT_AS), memory.available};
}

std::vector<Finding> judge_machine(const ServiceSettings& settings, const MachineLimits& limits) {
  std::vector<Finding> findings;
  judge_descriptors(settings, limits.descriptors, findings);
  judge_memory(settings, limits, findings);
  if (findings.empty()) findings.push_back(all_well(Check::kMachine));
  return findings;
}

}  // namespace rekey
