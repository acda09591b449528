// Stored hashes of products that write salt and digest of a key derivation: Django's PBKDF2 and scrypt, better-auth's scrypt,
// ASP.NET Identity's PBKDF2. Each function gets the text without its form's prefix (stored_hash.cpp). A `_kind` reads the
// beginning, a `parse_` the whole text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "origin/passwords/hash_kind.h"

namespace rekey {

// Django: `600000$salt$digest`, the salt as it is, the digest in base64.
std::optional<HashKind> read_pbkdf2_kind(std::string_view text, Prf prf);
std::optional<HashBody> read_pbkdf2(std::string_view text, Prf prf);
std::string write_pbkdf2(const HashBody& body);

template <Prf kPrf>
std::optional<HashKind> pbkdf2_kind(std::string_view text) {
  return read_pbkdf2_kind(text, kPrf);
}
template <Prf kPrf>
std::optional<HashBody> parse_pbkdf2(std::string_view text) {
  return read_pbkdf2(text, kPrf);
}

// Django: `N$salt$r$p$digest`. In a beginning the salt may be left out: `N$$r$p$`.
std::optional<HashKind> scrypt_kind(std::string_view text);
std::optional<HashBody> parse_scrypt(std::string_view text);
std::string write_scrypt(const HashBody& body);

// better-auth: 32 digits of hex, which are themselves the salt, a colon, and 64 bytes in hex. A beginning has no mark of its own:
// it is spelled as Django's.
inline constexpr ScryptKind kBetterAuthKind{16384, 16, 1};
std::optional<HashKind> better_auth_kind(std::string_view text);
std::optional<HashBody> parse_better_auth(std::string_view text);
std::string write_better_auth(const HashBody& body);

// ASP.NET Identity, version 3: base64 with padding. Its first 16 characters hold PRF and iterations.
std::optional<HashKind> aspnet_kind(std::string_view text);
std::optional<HashBody> parse_aspnet(std::string_view text);
std::string write_aspnet(const HashBody& body);

// The bytes of one block: a digest is not longer.
constexpr std::size_t block_size(Prf prf) { return prf == Prf::kHmacSha1 ? 20 : prf == Prf::kHmacSha256 ? 32 : 64; }

}  // namespace rekey
