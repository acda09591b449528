#include "origin/adapters/legacy_hash.h"

#include <crypt.h>

#include <memory>

#include "shared/bytes.h"

namespace rekey {

namespace {

constexpr int kMostBcryptCost = 14;        // about a second
constexpr int kMostSha512Rounds = 500000;  // about a second; 5000 where none are written

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `$2b$12$` and 53 characters.
bool is_bcrypt(std::string_view stored) {
  const bool form = stored.size() == 60 && stored.starts_with("$2") &&
                    std::string_view("aby").find(stored[2]) != std::string_view::npos && stored[3] == '$' &&
                    is_digit(stored[4]) && is_digit(stored[5]) && stored[6] == '$';
  return form && (stored[4] - '0') * 10 + (stored[5] - '0') <= kMostBcryptCost;
}

bool is_sha512crypt(std::string_view stored) {
  constexpr std::string_view kRounds = "$6$rounds=";
  if (!stored.starts_with(kRounds)) return stored.starts_with("$6$");
  int rounds = 0;
  for (const char c : stored.substr(kRounds.size(), 7)) {
    if (!is_digit(c)) break;
    rounds = rounds * 10 + (c - '0');
  }
  return rounds <= kMostSha512Rounds;
}

// `$y$jNr$`, as crypt_gensalt(3) writes it: N the logarithm of the number of blocks, r their size, 5 (1 KiB) or T (4 KiB).
bool is_yescrypt(std::string_view stored) {
  constexpr std::string_view kBlockCounts = "./0123456789ABC";  // up to 2^15: 128 MiB
  constexpr std::string_view kBlockSizes = "5T";
  return stored.size() > 7 && stored.starts_with("$y$j") && kBlockCounts.find(stored[4]) != std::string_view::npos &&
         kBlockSizes.find(stored[5]) != std::string_view::npos && stored[6] == '$';
}

}  // namespace

bool is_legacy_hash(std::string_view stored) {
  return stored.size() < CRYPT_OUTPUT_SIZE && (is_bcrypt(stored) || is_sha512crypt(stored) || is_yescrypt(stored));
}

bool matches_legacy_hash(std::string_view password, const std::string& stored) {
  if (!is_legacy_hash(stored) || password.find('\0') != std::string_view::npos) return false;
  auto work = std::make_unique<crypt_data>();  // 32 KiB: too much for a thread's stack
  std::string terminated(password);
  const char* const computed = crypt_r(terminated.c_str(), stored.c_str(), work.get());
  const bool same = computed != nullptr && equal_in_constant_time(as_bytes(computed), as_bytes(stored));
  wipe({reinterpret_cast<std::uint8_t*>(terminated.data()), terminated.size()});
  wipe({reinterpret_cast<std::uint8_t*>(work.get()), sizeof(crypt_data)});
  return same;
}

}  // namespace rekey
