#include "origin/passwords/crypt_forms.h"

#include <algorithm>

#include "origin/passwords/form_reader.h"
#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// The digits of crypt(3)'s base64, in the order of their values.
constexpr std::string_view kDigits = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr std::size_t kSaltSize = 22;  // 16 bytes in crypt(3)'s base64; '.' is its zero
constexpr std::size_t kBcryptDigestSize = 31;
constexpr std::size_t kMostSha512SaltSize = 16;
constexpr std::size_t kSha512DigestSize = 86;
constexpr std::size_t kMostYescryptSaltSize = 86;
constexpr std::size_t kYescryptDigestSize = 43;
constexpr std::size_t kPhpassSaltSize = 8;
constexpr std::size_t kPhpassDigestSize = 22;

constexpr std::string_view kBcryptLetters = "$2b";
constexpr std::string_view kRounds = "rounds=";

bool is_of_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '/'; });
}

std::string salt_of_nobody(std::size_t size) { return std::string(size, '.'); }

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

HashBody whole_text(HashKind kind, std::string_view text) { return {std::move(kind), bytes_of(text), bytes_of(text)}; }

// The rounds of `$6$`, and how they are spelled: "" without `rounds=`. Leaves the salt in the reader.
std::string read_rounds(FormReader& reader) {
  reader.expect("$6$");
  if (!reader.rest().starts_with(kRounds)) return "";
  reader.expect(kRounds);
  const auto rounds = reader.number(kMostSha512Rounds);
  if (rounds < kFewestSha512Rounds) reader.fail();
  reader.expect("$");
  return std::string(kRounds) + std::to_string(rounds) + "$";
}

}  // namespace

// The letter changes no cost.
std::optional<HashKind> read_bcrypt_kind(std::string_view text) {
  if (text.size() < 4 || text[0] != '$' || !is_digit(text[1]) || !is_digit(text[2]) || text[3] != '$') return std::nullopt;
  const auto cost = static_cast<std::uint32_t>((text[1] - '0') * 10 + (text[2] - '0'));
  if (cost < kFewestBcryptCost || cost > kMostBcryptCost) return std::nullopt;
  return CryptKind{CryptAlgorithm::kBcrypt,
                   std::string(kBcryptLetters) + std::string(text.substr(0, 4)) + salt_of_nobody(kSaltSize)};
}

std::optional<HashBody> read_bcrypt(std::string_view text, char letter) {
  auto kind = read_bcrypt_kind(text);
  if (!kind || text.size() != 4 + kSaltSize + kBcryptDigestSize || !is_of_digits(text.substr(4))) return std::nullopt;
  return whole_text(std::move(*kind), std::string("$2") + letter + std::string(text));
}

std::string write_bcrypt(const HashBody& body) { return std::string(as_text(body.digest).substr(kBcryptLetters.size())); }

std::optional<HashKind> sha512crypt_kind(std::string_view text) {
  FormReader reader(text);
  const std::string rounds = read_rounds(reader);
  const auto salt = reader.until('$');
  if (!reader.is_fitting() || salt.size() > kMostSha512SaltSize) return std::nullopt;
  return CryptKind{CryptAlgorithm::kSha512crypt, "$6$" + rounds + salt_of_nobody(salt.size())};
}

std::optional<HashBody> parse_sha512crypt(std::string_view text) {
  FormReader reader(text);
  read_rounds(reader);
  const auto salt = reader.until('$');
  reader.expect("$");
  if (!reader.is_fitting() || !is_of_digits(salt) || reader.rest().size() != kSha512DigestSize || !is_of_digits(reader.rest()))
    return std::nullopt;
  auto kind = sha512crypt_kind(text);
  if (!kind) return std::nullopt;
  return whole_text(std::move(*kind), text);
}

// N is the logarithm of the number of blocks, r their size, 5 (1 KiB) or T (4 KiB).
std::optional<HashKind> yescrypt_kind(std::string_view text) {
  constexpr std::string_view kBlockCounts = "./0123456789ABC";  // up to 2^15: 128 MiB
  constexpr std::string_view kBlockSizes = "5T";
  const bool form = text.size() >= 7 && text.starts_with("$y$j") && kBlockCounts.find(text[4]) != kBlockCounts.npos &&
                    kBlockSizes.find(text[5]) != kBlockSizes.npos && text[6] == '$';
  if (!form) return std::nullopt;
  return CryptKind{CryptAlgorithm::kYescrypt, std::string(text.substr(0, 7)) + salt_of_nobody(kSaltSize)};
}

std::optional<HashBody> parse_yescrypt(std::string_view text) {
  auto kind = yescrypt_kind(text);
  if (!kind) return std::nullopt;
  FormReader reader(text.substr(7));
  const auto salt = reader.until('$');
  reader.expect("$");
  if (salt.empty() || salt.size() > kMostYescryptSaltSize || !is_of_digits(salt)) return std::nullopt;
  if (reader.rest().size() != kYescryptDigestSize || !is_of_digits(reader.rest())) return std::nullopt;
  return whole_text(std::move(*kind), text);
}

std::string write_crypt(const HashBody& body) { return std::string(as_text(body.digest)); }

std::optional<HashKind> phpass_kind(std::string_view text) {
  const auto doublings = text.empty() ? kDigits.npos : kDigits.find(text.front());
  constexpr std::size_t kFewestDoublings = 7;  // as phpass itself
  if (doublings == kDigits.npos || doublings < kFewestDoublings || doublings > kMostPhpassDoublings) return std::nullopt;
  return PhpassKind{static_cast<std::uint32_t>(doublings)};
}

std::optional<HashBody> parse_phpass(std::string_view text) {
  auto kind = phpass_kind(text);
  if (!kind || text.size() != 1 + kPhpassSaltSize + kPhpassDigestSize || !is_of_digits(text)) return std::nullopt;
  return HashBody{std::move(*kind), bytes_of(text.substr(1, kPhpassSaltSize)), bytes_of(text.substr(1 + kPhpassSaltSize))};
}

// The bytes in groups of three, the lowest bits first.
std::vector<std::uint8_t> phpass_digest(Bytes raw) {
  std::vector<std::uint8_t> text;
  for (std::size_t at = 0; at < raw.size(); at += 3) {
    const std::size_t size = std::min<std::size_t>(3, raw.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < size; ++i) bits |= std::uint32_t{raw[at + i]} << (8 * i);
    for (std::size_t digit = 0; digit <= size; ++digit, bits >>= 6U)
      text.push_back(static_cast<std::uint8_t>(kDigits[bits & 63U]));
  }
  return text;
}

std::string write_phpass(const HashBody& body) {
  return kDigits[std::get<PhpassKind>(body.kind).doublings] + std::string(as_text(body.salt)) + std::string(as_text(body.digest));
}

}  // namespace rekey
