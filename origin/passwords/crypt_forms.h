// Stored hashes of crypt(3): bcrypt, sha512crypt ($6$) and yescrypt ($y$); and phpass, which borrows their look. Each function
// gets the text without its form's prefix (stored_hash.cpp). A `_kind` reads the beginning up to the salt, a `parse_` the whole
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "origin/passwords/hash_kind.h"
#include "shared/codec/bytes.h"

namespace rekey {

// In: `$12$` and 53 characters, without `$2b` before them.
std::optional<HashKind> read_bcrypt_kind(std::string_view text);
std::optional<HashBody> read_bcrypt(std::string_view text, char letter);
std::string write_bcrypt(const HashBody& body);

template <char kLetter>
std::optional<HashBody> parse_bcrypt(std::string_view text) {
  return read_bcrypt(text, kLetter);
}

// `$6$salt$digest` or `$6$rounds=10000$salt$digest`. The length of the salt decides the number of blocks per round.
std::optional<HashKind> sha512crypt_kind(std::string_view text);
std::optional<HashBody> parse_sha512crypt(std::string_view text);

// `$y$jNr$salt$digest`, as crypt_gensalt(3) writes it.
std::optional<HashKind> yescrypt_kind(std::string_view text);
std::optional<HashBody> parse_yescrypt(std::string_view text);

std::string write_crypt(const HashBody& body);

// In: without `$P$` or `$H$`. A character for the doublings, 8 of salt, 22 of digest.
std::optional<HashKind> phpass_kind(std::string_view text);
std::optional<HashBody> parse_phpass(std::string_view text);
std::string write_phpass(const HashBody& body);

// In: the 16 bytes of MD5. Returns: as HashBody holds them, in phpass's base64.
std::vector<std::uint8_t> phpass_digest(Bytes raw);

}  // namespace rekey
