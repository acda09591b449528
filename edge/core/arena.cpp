#include "edge/core/arena.h"

#include <cstddef>
#include <cstdint>

#include "shared/codec/bytes.h"

namespace rekey::edge {
namespace {

constexpr std::size_t kArenaSize = 1024 * 1024;  // a step on the largest transcript takes a quarter of it
constexpr std::size_t kAlignment = 16;

alignas(kAlignment) std::uint8_t arena[kArenaSize];
std::size_t kept = 0;
std::size_t used = 0;

}  // namespace

void keep_allocations() { kept = used; }

void drop_allocations() {
  wipe({arena + kept, used - kept});
  used = kept;
}

}  // namespace rekey::edge

extern "C" {

void* malloc(std::size_t size) {
  using namespace rekey::edge;
  if (size > kArenaSize - used) return nullptr;
  void* memory = arena + used;
  used += (size + kAlignment - 1) / kAlignment * kAlignment;
  return memory;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (alignment > rekey::edge::kAlignment) __builtin_trap();
  return malloc(size);
}

void free(void*) {}
}
