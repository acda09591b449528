// What a thief of the database would do: tries all 10^8 codes against one stored print. Without the key he can only guess how the
// print is made: as a hash without a key, or under a key that is empty. tests/codes/dump.test.mjs runs it with the key, too, as
// its control.
//   try_all_codes REQUEST_ID PRINT_HEX [KEY_HEX]      prints the code, or "none"
#define OPENSSL_SUPPRESS_DEPRECATED  // EVP would allocate for each code
#include <openssl/sha.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shared/codec/encoding.h"
#include "shared/recovery_code.h"

namespace {

using rekey::ByteArray;
using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr std::string_view kPurpose = "rekey code print v1";

// HMAC-SHA-256 (RFC 2104) with the key and the message's beginning hashed once: two blocks remain for each code.
class Prints {
 public:
  Prints(const std::string& key, const std::string& request_id) {
    std::array<unsigned char, 64> block{};
    std::memcpy(block.data(), key.data(), key.size());
    for (auto& byte : block) byte ^= 0x36;
    start(inner_, block);
    for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
    start(outer_, block);
    update(inner_, std::string(kPurpose) + '\0' + request_id);
    update(bare_, request_id);
  }

  ByteArray<8> keyed(const char* digits) const {
    return first_bytes(finish(outer_, as_text(finish(inner_, {digits, rekey::kCodeDigits}))));
  }
  ByteArray<8> unkeyed(const char* digits) const { return first_bytes(finish(bare_, {digits, rekey::kCodeDigits})); }

 private:
  static void start(SHA256_CTX& hash, const std::array<unsigned char, 64>& block) {
    SHA256_Init(&hash);
    SHA256_Update(&hash, block.data(), block.size());
  }
  void update(SHA256_CTX& hash, const std::string& text) {
    if (&hash == &bare_) SHA256_Init(&hash);
    SHA256_Update(&hash, text.data(), text.size());
  }
  static Digest finish(SHA256_CTX hash, std::string_view rest) {
    Digest digest;
    SHA256_Update(&hash, rest.data(), rest.size());
    SHA256_Final(digest.data(), &hash);
    return digest;
  }
  static std::string_view as_text(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }
  static ByteArray<8> first_bytes(const Digest& digest) {
    ByteArray<8> bytes;
    std::memcpy(bytes.data(), digest.data(), bytes.size());
    return bytes;
  }

  SHA256_CTX inner_{}, outer_{}, bare_{};
};

class Search {
 public:
  Search(const Prints& prints, const ByteArray<8>& wanted) : prints_(prints), wanted_(wanted) {}

  std::string run() {
    std::vector<std::thread> threads;
    const auto lanes = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned lane = 0; lane < lanes; ++lane) threads.emplace_back([this, lane, lanes] { try_lane(lane, lanes); });
    for (auto& thread : threads) thread.join();
    return found_ < 0 ? "none" : digits_of(static_cast<std::uint32_t>(found_)).data();
  }

 private:
  using Digits = std::array<char, rekey::kCodeDigits + 1>;

  static Digits digits_of(std::uint32_t number) {
    Digits digits{};
    for (std::size_t i = rekey::kCodeDigits; i > 0; number /= 10) digits[--i] = static_cast<char>('0' + number % 10);
    return digits;
  }

  void try_lane(unsigned lane, unsigned lanes) {
    for (std::uint32_t number = lane; number < rekey::kCodeCount && found_ < 0; number += lanes) {
      const auto digits = digits_of(number);
      if (prints_.keyed(digits.data()) == wanted_ || prints_.unkeyed(digits.data()) == wanted_) found_ = number;
    }
  }

  const Prints& prints_;
  const ByteArray<8> wanted_;
  std::atomic<std::int64_t> found_{-1};
};

std::optional<std::string> bytes_of(const char* hex) {
  std::vector<std::uint8_t> bytes(std::strlen(hex) / 2);
  if (rekey::from_hex(hex, bytes) != rekey::Error::kNone) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

int main(int count, char** words) {
  if (count < 3 || count > 4) return 2;
  ByteArray<8> wanted{};
  const auto key = count == 4 ? bytes_of(words[3]) : std::string();
  if (rekey::from_hex(words[2], wanted) != rekey::Error::kNone || !key || key->size() > 64) return 2;
  const Prints prints(*key, words[1]);
  std::puts(Search(prints, wanted).run().c_str());
}
