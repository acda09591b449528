#include "origin/passwords/argon2_memory.h"

#include <sys/mman.h>

namespace rekey {

std::uint8_t* Argon2Memory::take(std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    if (size == size_kept_ && !kept_.empty()) {
      std::uint8_t* const memory = kept_.back();
      kept_.pop_back();
      return memory;
    }
  }
  void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  madvise(mapped, size, MADV_HUGEPAGE);  // fewer page faults; without large pages nothing is lost
  return static_cast<std::uint8_t*>(mapped);
}

void Argon2Memory::give_back(std::uint8_t* memory, std::size_t size) {
  if (size != size_kept_) {
    munmap(memory, size);
    return;
  }
  const std::lock_guard lock(mutex_);
  kept_.push_back(memory);
}

void Argon2Memory::release() {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t* const memory : kept_) munmap(memory, size_kept_);
  kept_.clear();
}

std::size_t Argon2Memory::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_.size() * size_kept_;
}

}  // namespace rekey
