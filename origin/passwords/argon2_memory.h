// Work space for Argon2id: megabytes that are kept from one hash to the next while hashes follow each other, and given back to
// the system when they don't. Why: fetching 19 MiB anew costs a third of a hash; keeping them would make an idle origin a heavy
// one. What is kept holds nothing: libargon2 clears it at the end of each hash. Safe from every thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace rekey {

class Argon2Memory {
 public:
  // In: the size in bytes that is worth keeping. Why only that: hashes of other settings are rare, and a space kept for each size
  // that was ever asked for would have no bound.
  explicit Argon2Memory(std::size_t size_kept) : size_kept_(size_kept) {}
  ~Argon2Memory() { release(); }

  // Returns: `size` bytes, or nullptr where the system has none left.
  std::uint8_t* take(std::size_t size);
  void give_back(std::uint8_t* memory, std::size_t size);

  void release();  // returns to the system what nobody uses right now
  std::size_t kept_bytes() const;

 private:
  const std::size_t size_kept_;
  mutable std::mutex mutex_;
  std::vector<std::uint8_t*> kept_;
};

}  // namespace rekey
