// Computes hashes of every kind: libargon2, libxcrypt and OpenSSL behind one function. Keeps the work space of Argon2id from one
// hash to the next. Safe from every thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "origin/passwords/argon2_memory.h"
#include "origin/passwords/hash_kind.h"
#include "shared/codec/bytes.h"

namespace rekey {

class HashFunction {
 public:
  // In: the parameters of Argon2id whose work space is kept.
  explicit HashFunction(const Argon2Parameters& frequent);

  // In: what the form's pre-hash makes of the password; the salt as in HashBody; the size of the digest.
  // Returns: the digest as in HashBody; nothing if crypt(3) fails, an empty one for a password that it can't read.
  // Throws: Unavailable if there is no memory.
  std::optional<std::vector<std::uint8_t>> compute(const HashKind& kind, std::string_view password, Bytes salt, std::size_t size);

  // The same work, with a salt of no account.
  void compute_for_nobody(const HashKind& kind, std::string_view password);

  void release_memory() { memory_.release(); }
  std::size_t kept_bytes() const { return memory_.kept_bytes(); }

 private:
  Argon2Memory memory_;
};

}  // namespace rekey
