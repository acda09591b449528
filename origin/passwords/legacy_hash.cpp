#include "origin/passwords/legacy_hash.h"

#include <crypt.h>

#include <algorithm>
#include <memory>

#include "shared/codec/ascii.h"
#include "shared/codec/bytes.h"

namespace rekey {

namespace {

constexpr int kMostBcryptCost = 14;        // about a second
constexpr int kMostSha512Rounds = 500000;  // about a second; a hash without `rounds=` has 5000
constexpr std::size_t kBcryptSize = 60;
constexpr std::size_t kMostSha512SaltSize = 16;
constexpr std::size_t kSaltSize = 22;  // 16 bytes in crypt(3)'s base64; '.' is its zero

std::string salt_of_nobody(std::size_t size) { return std::string(size, '.'); }

// `$2b$12$`, then 22 characters of salt and 31 of digest. The letters a, b and y mark old bugs; the cost is the same.
std::optional<LegacyKind> bcrypt_kind(std::string_view stored) {
  const bool form = stored.size() >= 7 && stored.starts_with("$2") &&
                    std::string_view("aby").find(stored[2]) != std::string_view::npos && stored[3] == '$' &&
                    is_digit(stored[4]) && is_digit(stored[5]) && stored[6] == '$';
  if (!form || (stored[4] - '0') * 10 + (stored[5] - '0') > kMostBcryptCost) return std::nullopt;
  return LegacyKind{LegacyAlgorithm::kBcrypt, "$2b$" + std::string(stored.substr(4, 3)) + salt_of_nobody(kSaltSize)};
}

// `$6$` or `$6$rounds=5000$`, then the salt, whose length decides the number of blocks per round.
std::optional<LegacyKind> sha512crypt_kind(std::string_view stored) {
  constexpr std::string_view kBeginning = "$6$";
  constexpr std::string_view kRounds = "rounds=";
  if (!stored.starts_with(kBeginning)) return std::nullopt;
  std::string_view rest = stored.substr(kBeginning.size());
  std::string setting(kBeginning);
  if (rest.starts_with(kRounds)) {
    int rounds = 0;
    for (const char c : rest.substr(kRounds.size(), 7)) {
      if (!is_digit(c)) break;
      rounds = rounds * 10 + (c - '0');
    }
    if (rounds > kMostSha512Rounds) return std::nullopt;
    setting.append(kRounds).append(std::to_string(rounds)).append("$");
    rest.remove_prefix(std::min(rest.find('$'), rest.size() - 1) + 1);
  }
  const std::size_t salt_size = std::min({rest.find('$'), rest.size(), kMostSha512SaltSize});
  return LegacyKind{LegacyAlgorithm::kSha512crypt, setting + salt_of_nobody(salt_size)};
}

// `$y$jNr$`, as crypt_gensalt(3) writes it: N is the logarithm of the number of blocks, r their size, 5 (1 KiB) or T (4 KiB).
std::optional<LegacyKind> yescrypt_kind(std::string_view stored) {
  constexpr std::string_view kBlockCounts = "./0123456789ABC";  // up to 2^15: 128 MiB
  constexpr std::string_view kBlockSizes = "5T";
  const bool form = stored.size() >= 7 && stored.starts_with("$y$j") && kBlockCounts.find(stored[4]) != std::string_view::npos &&
                    kBlockSizes.find(stored[5]) != std::string_view::npos && stored[6] == '$';
  if (!form) return std::nullopt;
  return LegacyKind{LegacyAlgorithm::kYescrypt, std::string(stored.substr(0, 7)) + salt_of_nobody(kSaltSize)};
}

bool is_whole(std::string_view stored) {
  const auto kind = legacy_kind(stored);
  if (!kind || stored.size() >= CRYPT_OUTPUT_SIZE) return false;
  return kind->algorithm != LegacyAlgorithm::kBcrypt || stored.size() == kBcryptSize;
}

// Returns: the hash, or nothing if crypt(3) fails.
std::optional<std::string> crypt_text(std::string_view password, const std::string& setting) {
  if (password.find('\0') != std::string_view::npos) return std::nullopt;
  auto work = std::make_unique<crypt_data>();  // 32 KiB: too much for a thread's stack
  std::string terminated(password);
  const char* const computed = crypt_rn(terminated.c_str(), setting.c_str(), work.get(), sizeof(crypt_data));
  std::optional<std::string> text;
  if (computed != nullptr) text = computed;
  wipe({reinterpret_cast<std::uint8_t*>(terminated.data()), terminated.size()});
  wipe({reinterpret_cast<std::uint8_t*>(work.get()), sizeof(crypt_data)});
  return text;
}

}  // namespace

std::optional<LegacyKind> legacy_kind(std::string_view stored) {
  if (auto kind = bcrypt_kind(stored)) return kind;
  if (auto kind = sha512crypt_kind(stored)) return kind;
  return yescrypt_kind(stored);
}

bool is_legacy_hash(std::string_view stored) {
  constexpr std::size_t kSha512DigestSize = 86;
  constexpr std::size_t kYescryptDigestSize = 43;
  const bool in_alphabet = std::all_of(stored.begin(), stored.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("./$=").find(c) != std::string_view::npos;
  });
  if (!in_alphabet || !is_whole(stored)) return false;
  const std::size_t digest = stored.size() - stored.rfind('$') - 1;
  switch (legacy_kind(stored)->algorithm) {
    case LegacyAlgorithm::kBcrypt:
      return true;  // of its one size, see is_whole()
    case LegacyAlgorithm::kSha512crypt:
      return digest == kSha512DigestSize;
    case LegacyAlgorithm::kYescrypt:
      return digest == kYescryptDigestSize;
  }
  __builtin_trap();
}

LegacyMatch match_legacy_hash(std::string_view password, const std::string& stored) {
  if (!is_whole(stored)) return LegacyMatch::kNotComputed;
  const auto computed = crypt_text(password, stored);
  if (!computed) return LegacyMatch::kNotComputed;
  return equal_in_constant_time(as_bytes(*computed), as_bytes(stored)) ? LegacyMatch::kYes : LegacyMatch::kNo;
}

void compute_legacy_hash(std::string_view password, const LegacyKind& kind) { crypt_text(password, kind.setting); }

}  // namespace rekey
