// Slow password hashes by Argon2id (RFC 9106), written as PHC strings; legacy_hash verifies older forms. One object per process.
// A refusal computes one hash of each kind in hash_kinds, including the real one, all in one turn. Argon2id needs memory and a
// core: argon2_turns bounds how many run and wait. Only argon2_hasher.cpp includes argon2.h.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "origin/passwords/argon2_memory.h"
#include "origin/passwords/argon2_phc.h"
#include "origin/passwords/argon2_turns.h"
#include "origin/passwords/hash_kinds.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/password_hasher.h"
#include "origin/ports/random.h"

namespace rekey {

class Argon2Hasher final : public PasswordHasher {
 public:
  // In: `turns.slots` hashes at once, at best one per core; `random` for salts. Ports outlive the object.
  Argon2Hasher(const Argon2Parameters& parameters, const HashTurnSettings& turns, Random& random, Metrics& metrics,
               EventLog& events);

  std::optional<PasswordHash> hash(std::string_view password, const std::function<bool()>& still_wanted) override;
  PasswordMatch verify(std::string_view password, const PasswordHash& stored) override;
  PasswordHash hash_of_nobody(std::string_view address) override;
  void expect(const std::vector<std::string>& beginnings) override;

  // Memory kept for the next hash; 0 while no hash runs.
  std::size_t kept_bytes() const { return memory_.kept_bytes(); }

 private:
  struct Attempt {
    PasswordMatch match = PasswordMatch::kNo;
    std::optional<HashKind> computed;  // nothing if the stored text has no usable form
  };
  Argon2Phc salted();
  Attempt try_stored(std::string_view password, const std::string& stored);
  Attempt try_argon2(std::string_view password, const Argon2Phc& stored);
  Attempt try_legacy(std::string_view password, const std::string& stored);
  void learn(const HashKind& kind);
  void compute_all_but(const std::optional<HashKind>& computed, std::string_view password);
  void compute_kind(std::string_view password, const HashKind& kind);
  void count(const HashKind& kind);
  void compute(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out);

  const Argon2Parameters parameters_;
  HashKinds kinds_;
  std::atomic_flag told_of_no_room_;
  Argon2Memory memory_;
  HashTurns turns_;
  Random& random_;
  ByteArray<32> secret_{};  // for hash_of_nobody()
  Metrics& metrics_;
  EventLog& events_;
};

}  // namespace rekey
