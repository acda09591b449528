// Slow hashes of passwords (B7): Argon2id written, older forms verified. One call costs tens of milliseconds and megabytes;
// the implementation bounds how many run at once and how long a caller waits for its turn.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/user.h"

namespace rekey {

enum class PasswordMatch : std::uint8_t { kNo, kYes, kYesAndOutdated };  // outdated: another algorithm, or other parameters

class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  // In: the password after NFC. `still_wanted` is asked when the turn has come, before any work.
  // Returns: the hash, or nothing where it was no longer wanted.
  // Throws: Unavailable when the queue is full or the turn did not come within a second; nothing was hashed.
  virtual std::optional<PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) = 0;

  // Throws: as hash(). A stored text of an unknown form matches nothing.
  // Time: of a refusal, the same whatever `stored` is: one hash of each kind (algorithm and settings) that accounts are known to
  // have, in one turn. Why: else the time of a refused log-in tells which accounts exist, and which hold an old hash.
  virtual PasswordMatch verify(std::string_view password, const PasswordHash& stored) = 0;

  // Spends what a refusal by verify() spends. For accounts that don't exist or may not log in.
  virtual void verify_nothing(std::string_view password) = 0;

  // Tells what kinds of hashes are stored, by AccountStore::list_hash_beginnings(). Today's is known; others are also learnt
  // when verify() meets them. Told before anybody logs in, so that no first one has to be met.
  virtual void expect(const std::vector<std::string>& beginnings) = 0;
};

}  // namespace rekey
