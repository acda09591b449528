// Preloaded into a program, moves its wall clock by the nanoseconds, eight bytes, that the file NEMESIS_CLOCK_FILE holds at that
// moment. stepped_clock.mjs compiles it and writes the file. Monotonic clocks stay unchanged, as with a step of a machine's
// clock. Why not libfaketime: while it starts, it calls malloc, and workerd's malloc, while that starts, calls libfaketime's
// poll(): each waits for the other for ever. Hence this code allocates nothing and looks up no symbol.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::int64_t kNoStep = 0;

const volatile std::int64_t* step = &kNoStep;

[[gnu::constructor]] void map_step() {
  const char* path = std::getenv("NEMESIS_CLOCK_FILE");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) step = static_cast<const volatile std::int64_t*>(mapped);
  close(file);
}

timespec wall_clock(clockid_t clock) {
  timespec now{};
  syscall(SYS_clock_gettime, clock, &now);
  const std::int64_t moved = now.tv_sec * kNanoseconds + now.tv_nsec + *step;
  return {static_cast<time_t>(moved / kNanoseconds), static_cast<long>(moved % kNanoseconds)};
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  *out = wall_clock(clock);
  return 0;
}

int gettimeofday(timeval* out, void*) noexcept {
  const timespec now = wall_clock(CLOCK_REALTIME);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) noexcept {
  const timespec now = wall_clock(CLOCK_REALTIME);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
