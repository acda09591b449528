// Notices when many wrong passwords come for one account from many clients, which no limit of a single client stops. Counts every
// refused log-in by its address, whether or not an account has it: so the work is the same, and nobody can tell. In memory, of
// bounded size, each origin for itself. Safe from every thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"
#include "origin/ports/random.h"
#include "origin/ports/request_info.h"
#include "shared/codec/bytes.h"

namespace rekey {

// So many refused log-ins, from so many clients, in this time. Owners who have forgotten a password come from one or two clients.
inline constexpr std::uint32_t kManyGuesses = 20;
inline constexpr std::size_t kManyClients = 5;
inline constexpr std::chrono::minutes kGuessPeriod{15};

class GuessWatch {
 public:
  GuessWatch(Random& random, const Clock& clock, EventLog& events, Metrics& metrics);

  // In: the address in normalised form; the account's id, "" if there is none. Tells once in kGuessPeriod for each address.
  void refused(std::string_view address, std::string_view user_id, const RequestInfo& request);

 private:
  using Time = std::chrono::steady_clock::time_point;

  // What is remembered of one address.
  struct Row {
    std::uint64_t address = 0;
    Time since{};
    std::uint32_t guesses = 0;
    std::size_t clients = 0;
    std::array<std::uint32_t, kManyClients> seen{};
  };

  Row& row_of(std::uint64_t address, Time now);
  bool count(Row& row, std::uint32_t client);
  std::uint64_t hash_of(std::string_view text) const;

  const Clock& clock_;
  EventLog& events_;
  Metrics& metrics_;
  ByteArray<32> key_{};  // of this process: nobody can choose addresses that share a bucket
  std::mutex mutex_;
  std::vector<Row> rows_;  // in buckets
};

}  // namespace rekey
