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
  ~Argon2Memory() { release(); }

  // Returns: `size` bytes, or nullptr where the system has none left.
  std::uint8_t* take(std::size_t size);
  void give_back(std::uint8_t* memory, std::size_t size);

  void release();  // returns to the system what nobody uses right now
  std::size_t kept_bytes() const;

 private:
  struct Space {
    std::uint8_t* memory;
    std::size_t size;
  };
  mutable std::mutex mutex_;
  std::vector<Space> kept_;
};

}  // namespace rekey
