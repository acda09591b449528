#include "origin/adapters/argon2_memory.h"

#include <sys/mman.h>

#include <algorithm>

namespace rekey {

std::uint8_t* Argon2Memory::take(std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    const auto fitting = std::find_if(kept_.begin(), kept_.end(), [size](const Space& space) { return space.size == size; });
    if (fitting != kept_.end()) {
      std::uint8_t* const memory = fitting->memory;
      kept_.erase(fitting);
      return memory;
    }
  }
  void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  madvise(mapped, size, MADV_HUGEPAGE);  // fewer faults; where the system has no large pages nothing is lost
  return static_cast<std::uint8_t*>(mapped);
}

void Argon2Memory::give_back(std::uint8_t* memory, std::size_t size) {
  const std::lock_guard lock(mutex_);
  kept_.push_back({memory, size});
}

void Argon2Memory::release() {
  const std::lock_guard lock(mutex_);
  for (const Space& space : kept_) munmap(space.memory, space.size);
  kept_.clear();
}

std::size_t Argon2Memory::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const Space& space : kept_) bytes += space.size;
  return bytes;
}

}  // namespace rekey
