// Work space for Argon2id: megabytes that are kept from one hash to the next under load, and returned to the system when idle.
// Why: allocating 19 MiB again costs a third of a hash, and keeping them would make an idle origin large. Kept memory holds no
// secrets: libargon2 clears it at the end of each hash. Safe from every thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace rekey {

class Argon2Memory {
 public:
  // In: the only size in bytes that is kept. Why only one: hashes with other parameters are rare, and keeping every size would be
  // unbounded.
  explicit Argon2Memory(std::size_t size_kept) : size_kept_(size_kept) {}
  ~Argon2Memory() { release(); }

  // Returns: `size` bytes, or nullptr if the system has none left.
  std::uint8_t* take(std::size_t size);
  void give_back(std::uint8_t* memory, std::size_t size);

  void release();  // returns unused memory to the system
  std::size_t kept_bytes() const;

 private:
  const std::size_t size_kept_;
  mutable std::mutex mutex_;
  std::vector<std::uint8_t*> kept_;
};

}  // namespace rekey
