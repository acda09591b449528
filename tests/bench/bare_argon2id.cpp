// Bare Argon2id, the reference of every call that hashes a password: each thread hashes as fast as libargon2 can, in memory that
// it keeps, in large pages if the system has them, as the origin does. Allocating the memory for each hash would be slower.
//   bare_argon2id [--threads N] [--seconds N] [--memory-kib N] [--passes N] [--lanes N]
// The defaults are the origin's, with as many threads as cores. Prints {"hashes": N, "seconds": S, "threads": N}.
#include <argon2.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rekey::bench {
namespace {

using std::chrono::steady_clock;

struct Options {
  unsigned threads = std::thread::hardware_concurrency();
  double seconds = 4;
  std::uint32_t memory_kib = 19456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
};

Options options_from(int count, char** words) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    const double value = i + 1 < count ? std::atof(words[i + 1]) : 0;
    if (value <= 0) throw std::invalid_argument(std::string(name) + " must be a number above 0.");
    if (name == "--threads") options.threads = static_cast<unsigned>(value);
    if (name == "--seconds") options.seconds = value;
    if (name == "--memory-kib") options.memory_kib = static_cast<std::uint32_t>(value);
    if (name == "--passes") options.passes = static_cast<std::uint32_t>(value);
    if (name == "--lanes") options.lanes = static_cast<std::uint32_t>(value);
  }
  return options;
}

// libargon2 allocates a hash's memory by a function without a context, hence one work space for each thread.
class WorkSpace {
 public:
  WorkSpace() = default;
  WorkSpace(const WorkSpace&) = delete;
  WorkSpace& operator=(const WorkSpace&) = delete;
  ~WorkSpace() {
    if (memory_ != MAP_FAILED) munmap(memory_, size_);
  }

  std::uint8_t* of(std::size_t size) {
    if (memory_ == MAP_FAILED) {
      memory_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      size_ = size;
      if (memory_ != MAP_FAILED) madvise(memory_, size, MADV_HUGEPAGE);
    }
    return memory_ == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(memory_);
  }

 private:
  void* memory_ = MAP_FAILED;
  std::size_t size_ = 0;
};

thread_local WorkSpace work_space;

int take_space(std::uint8_t** memory, std::size_t size) {
  *memory = work_space.of(size);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

void keep_space(std::uint8_t*, std::size_t) {}

void hash_once(const Options& options) {
  std::string password = "a long enough password";
  std::array<std::uint8_t, 16> salt{};
  std::array<std::uint8_t, 32> digest{};
  argon2_context context{};
  context.out = digest.data();
  context.outlen = digest.size();
  context.pwd = reinterpret_cast<std::uint8_t*>(password.data());
  context.pwdlen = static_cast<std::uint32_t>(password.size());
  context.salt = salt.data();
  context.saltlen = salt.size();
  context.t_cost = options.passes;
  context.m_cost = options.memory_kib;
  context.lanes = options.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = take_space;
  context.free_cbk = keep_space;
  const int outcome = argon2_ctx(&context, Argon2_id);
  if (outcome != ARGON2_OK) throw std::runtime_error(argon2_error_message(outcome));
}

// Hashes that began before the end count in full, and so does their time.
void run(const Options& options) {
  std::atomic<long> hashes = 0;
  const auto began = steady_clock::now();
  const auto end = began + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(options.seconds));
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] {
      for (; steady_clock::now() < end; ++hashes) hash_once(options);
    });
  }
  threads.clear();
  const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
  std::printf("{\"hashes\": %ld, \"seconds\": %.4f, \"threads\": %u}\n", hashes.load(), seconds, options.threads);
}

}  // namespace
}  // namespace rekey::bench

int main(int count, char** words) {
  try {
    const auto options = rekey::bench::options_from(count, words);
    rekey::bench::hash_once(options);  // reports wrong parameters before there are threads
    rekey::bench::run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
