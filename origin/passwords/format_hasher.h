// Slow password hashes: writes those of PASSWORD_FORMAT, and verifies every form of stored_hash.h. One object per process.
// A refusal computes one hash of each kind in hash_kinds, including the real one, all in one turn. A hash needs a core, and some
// kinds megabytes: hash_turns bounds how many run and wait.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/passwords/hash_function.h"
#include "origin/passwords/hash_kinds.h"
#include "origin/passwords/hash_turns.h"
#include "origin/passwords/password_format.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/random.h"

namespace rekey {

class FormatHasher final : public PasswordHasher {
 public:
  // In: `turns.slots` hashes at once, at best one per core; `random` for salts. Ports outlive the object.
  FormatHasher(const PasswordFormatSettings& format, const HashTurnSettings& turns, Random& random, Metrics& metrics,
               EventLog& events);

  std::size_t most_bytes() const override { return most_password_bytes(format_.format); }
  std::optional<PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) override;
  using PasswordHasher::verify;
  PasswordMatch verify(std::string_view password, const PasswordHash& stored, Admits admits) override;
  PasswordHash hash_of_nobody(std::string_view address) override;
  void expect(const std::vector<std::string>& beginnings) override;

  // Memory kept for the next hash; 0 while no hash runs.
  std::size_t kept_bytes() const { return function_.kept_bytes(); }

 private:
  struct Attempt {
    PasswordMatch match = PasswordMatch::kNo;
    std::optional<HashKind> computed;  // nothing if the stored text has no usable form
  };
  Attempt try_stored(std::string_view password, const StoredHash& stored);
  PasswordMatch right_password(std::string_view password, const StoredHash& stored) const;
  std::optional<std::vector<std::uint8_t>> compute(std::string_view password, const StoredHash& stored);
  void compute_all_but(const std::optional<HashKind>& computed, std::string_view password);
  void learn(const HashKind& kind);
  void count(const HashKind& kind);

  const PasswordFormatSettings format_;
  HashKinds kinds_;
  std::atomic_flag told_of_no_room_;
  HashFunction function_;
  HashTurns turns_;
  Random& random_;
  ByteArray<32> secret_{};  // for hash_of_nobody()
  Metrics& metrics_;
  EventLog& events_;
};

}  // namespace rekey
