#include "origin/passwords/derived_forms.h"

#include <algorithm>
#include <bit>

#include "origin/passwords/form_reader.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

constexpr std::size_t kMostSaltSize = 64;  // Django's salts have 12 or 22 characters
constexpr std::size_t kScryptDigestSize = 64;
constexpr std::size_t kBetterAuthSaltSize = 32;

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

bool is_salt(std::string_view text) {
  return !text.empty() && text.size() <= kMostSaltSize && std::ranges::all_of(text, is_visible);
}

// RFC 7914: N is a power of two, and less than 2^(16 * r). Where a stored hash broke that, its function would fail, and with it
// each refused log-in.
bool is_in_bounds(const ScryptKind& kind) {
  const auto blocks = std::uint64_t{kind.n} * kind.r;
  const bool is_possible = kind.n >= 2 && std::has_single_bit(kind.n) && (kind.r > 1 || kind.n < 1U << 16U);
  return is_possible && blocks * 128 <= kMostScryptMemory && blocks * kind.p <= kMostScryptWork;
}

ScryptKind read_scrypt_kind(FormReader& reader, std::string_view& salt) {
  ScryptKind kind{};
  kind.n = reader.number(kMostScryptWork);
  reader.expect("$");
  salt = reader.until('$');
  reader.expect("$");
  kind.r = reader.number(kMostScryptBlockSize);
  reader.expect("$");
  kind.p = reader.number(kMostScryptLanes);
  reader.expect("$");
  if (reader.is_fitting() && !is_in_bounds(kind)) reader.fail();
  return kind;
}

// --- ASP.NET

constexpr std::size_t kAspnetBeginning = 16;  // characters, for 12 bytes
constexpr std::size_t kAspnetHead = 13;
constexpr std::uint8_t kAspnetVersion = 1;
constexpr SizeBounds kAspnetSalt{16, 64};  // Identity refuses less than 16 of either
constexpr std::size_t kFewestAspnetDigest = 16;
constexpr SizeBounds kAspnetBytes{kAspnetHead + kAspnetSalt.fewest + kFewestAspnetDigest, kAspnetHead + kAspnetSalt.most + 64};

std::uint32_t read_big_endian(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U | std::uint32_t{bytes[at + 2]} << 8U |
         bytes[at + 3];
}

void append_big_endian(std::vector<std::uint8_t>& bytes, std::uint32_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(number >> shift));
}

}  // namespace

std::optional<HashKind> read_pbkdf2_kind(std::string_view text, Prf prf) {
  FormReader reader(text);
  const auto iterations = reader.number(kMostPbkdf2Iterations);
  reader.expect("$");
  if (!reader.is_fitting()) return std::nullopt;
  return Pbkdf2Kind{prf, iterations};
}

std::optional<HashBody> read_pbkdf2(std::string_view text, Prf prf) {
  auto kind = read_pbkdf2_kind(text, prf);
  if (!kind) return std::nullopt;
  FormReader reader(text.substr(text.find('$') + 1));
  const auto salt = reader.until('$');
  reader.expect("$");
  auto digest = read_base64(reader.rest(), {block_size(prf), block_size(prf)});
  if (!reader.is_fitting() || !is_salt(salt) || !digest) return std::nullopt;
  return HashBody{std::move(*kind), bytes_of(salt), std::move(*digest)};
}

std::string write_pbkdf2(const HashBody& body) {
  return std::to_string(std::get<Pbkdf2Kind>(body.kind).iterations) + "$" + std::string(as_text(body.salt)) + "$" +
         to_base64(body.digest);
}

std::optional<HashKind> scrypt_kind(std::string_view text) {
  FormReader reader(text);
  std::string_view salt;
  const auto kind = read_scrypt_kind(reader, salt);
  if (!reader.is_fitting()) return std::nullopt;
  return kind;
}

std::optional<HashBody> parse_scrypt(std::string_view text) {
  FormReader reader(text);
  std::string_view salt;
  const auto kind = read_scrypt_kind(reader, salt);
  auto digest = read_base64(reader.rest(), {kScryptDigestSize, kScryptDigestSize});
  if (!reader.is_fitting() || !is_salt(salt) || !digest) return std::nullopt;
  return HashBody{kind, bytes_of(salt), std::move(*digest)};
}

std::string write_scrypt(const HashBody& body) {
  const auto& kind = std::get<ScryptKind>(body.kind);
  return std::to_string(kind.n) + "$" + std::string(as_text(body.salt)) + "$" + std::to_string(kind.r) + "$" +
         std::to_string(kind.p) + "$" + to_base64(body.digest);
}

std::optional<HashKind> better_auth_kind(std::string_view text) {
  if (!parse_better_auth(text)) return std::nullopt;
  return kBetterAuthKind;
}

std::optional<HashBody> parse_better_auth(std::string_view text) {
  if (text.size() != kBetterAuthSaltSize + 1 + 2 * kScryptDigestSize || text[kBetterAuthSaltSize] != ':') return std::nullopt;
  const auto salt = text.substr(0, kBetterAuthSaltSize);
  std::vector<std::uint8_t> digest(kScryptDigestSize);
  const bool is_hex = std::ranges::all_of(salt, [](char c) { return hex_value(c) >= 0; });
  if (!is_hex || from_hex(text.substr(kBetterAuthSaltSize + 1), digest) != Error::kNone) return std::nullopt;
  return HashBody{kBetterAuthKind, bytes_of(salt), std::move(digest)};
}

std::string write_better_auth(const HashBody& body) { return std::string(as_text(body.salt)) + ":" + to_hex(body.digest); }

std::optional<HashKind> aspnet_kind(std::string_view text) {
  const auto head = read_base64(text.substr(0, kAspnetBeginning), {12, 12});
  if (!head || head->front() != kAspnetVersion) return std::nullopt;
  const auto prf = read_big_endian(*head, 1);
  const auto iterations = read_big_endian(*head, 5);
  const bool has_short_salt = (*head)[9] == 0 && (*head)[10] == 0 && (*head)[11] == 0;  // its size has one byte
  if (prf > 2 || iterations == 0 || iterations > kMostPbkdf2Iterations || !has_short_salt) return std::nullopt;
  return Pbkdf2Kind{static_cast<Prf>(prf), iterations};
}

std::optional<HashBody> parse_aspnet(std::string_view text) {
  auto kind = aspnet_kind(text);
  const auto bytes = kind ? read_base64(text, kAspnetBytes) : std::nullopt;
  if (!bytes) return std::nullopt;
  const std::size_t salt_size = (*bytes)[kAspnetHead - 1];
  const std::size_t rest_size = bytes->size() - kAspnetHead;
  if (salt_size < kAspnetSalt.fewest || salt_size > kAspnetSalt.most || rest_size < salt_size + kFewestAspnetDigest ||
      rest_size - salt_size > block_size(std::get<Pbkdf2Kind>(*kind).prf))
    return std::nullopt;
  const auto salt = bytes->begin() + static_cast<std::ptrdiff_t>(kAspnetHead);
  const auto digest = salt + static_cast<std::ptrdiff_t>(salt_size);
  return HashBody{std::move(*kind), {salt, digest}, {digest, bytes->end()}};
}

std::string write_aspnet(const HashBody& body) {
  const auto& kind = std::get<Pbkdf2Kind>(body.kind);
  std::vector<std::uint8_t> bytes = {kAspnetVersion};
  append_big_endian(bytes, static_cast<std::uint32_t>(kind.prf));
  append_big_endian(bytes, kind.iterations);
  append_big_endian(bytes, static_cast<std::uint32_t>(body.salt.size()));
  bytes.insert(bytes.end(), body.salt.begin(), body.salt.end());
  bytes.insert(bytes.end(), body.digest.begin(), body.digest.end());
  return to_base64(bytes);
}

}  // namespace rekey
