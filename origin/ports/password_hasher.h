// Slow password hashes (B7): writes one form, verifies others too. One call costs tens of milliseconds and megabytes; the
// implementation bounds how many run at once and how long a caller waits.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/user.h"

namespace rekey {

enum class PasswordMatch : std::uint8_t {
  kNo,
  kYes,
  kYesAndOutdated
};  // outdated: another form, or other parameters; hash() can replace it

enum class Admits : std::uint8_t { kRightPassword, kNone };  // kNone: of an account that may not log in

class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  // The most bytes of a password that a new hash tells apart: bcrypt ignores all after 72. use_cases/password_rules.h refuses
  // longer ones.
  virtual std::size_t most_bytes() const { return std::numeric_limits<std::size_t>::max(); }

  // In: the password after NFC, of at most most_bytes(). `still_wanted` is called when the turn has come, before any work.
  // Returns: the hash, or nothing if it was no longer wanted.
  // Throws: Unavailable if the queue is full, the turn did not come within a second, or there is no memory or randomness.
  virtual std::optional<PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) = 0;

  // Throws: as hash(). A stored text of an unknown form matches nothing.
  // Time: a refusal takes the same time for every `stored`: one hash of each known kind (algorithm and parameters), in one
  // turn. Why: otherwise the time of a refused log-in tells which accounts exist, and which have an old hash.
  // With kNone every password is refused, a right one at the same cost as a wrong one.
  virtual PasswordMatch verify(std::string_view password, const PasswordHash& stored, Admits admits) = 0;
  PasswordMatch verify(std::string_view password, const PasswordHash& stored) {
    return verify(password, stored, Admits::kRightPassword);
  }

  // For an address without an account, or with one that has no password: a hash that no password matches, and that verify()
  // refuses at the same cost as any other. The same for the same address.
  virtual PasswordHash hash_of_nobody(std::string_view address) = 0;

  // Makes the stored kinds of hashes known. Call it before the first log-in. The current kind is always known; verify() also
  // learns kinds that it meets, but the first refusal of such a kind would take longer. In: AccountStore::list_hash_beginnings().
  virtual void expect(const std::vector<std::string>& beginnings) = 0;
};

}  // namespace rekey
