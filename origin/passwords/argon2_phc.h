// The PHC string of an Argon2id hash: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, salt and hash in base64 without padding.
// Source: the PHC string format, https://github.com/P-H-C/phc-string-format; RFC 9106 for the parameters.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/codec/bytes.h"

namespace rekey {

struct Argon2Parameters {
  std::uint32_t memory_kib = 19 * 1024;  // with two passes: OWASP's minimum
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
  bool operator==(const Argon2Parameters&) const = default;
};

struct Argon2Phc {
  Argon2Parameters parameters;
  std::vector<std::uint8_t> salt;
  std::vector<std::uint8_t> digest;
};

std::string write_phc(const Argon2Phc& phc);

// Returns: nothing for any other form or spelling, another version than 1.3, or parameters above the bounds below.
std::optional<Argon2Phc> parse_phc(std::string_view text);

// The same for the beginning up to the salt; ignores the rest.
std::optional<Argon2Parameters> parse_phc_parameters(std::string_view text);

// The bounds on a stored hash's parameters, and so on the settings: a hash written with more could never be verified.
// Why a bound: a row in the database must not be able to take all memory, or a core for long.
inline constexpr std::uint32_t kMostMemoryKib = 256 * 1024;
inline constexpr std::uint32_t kMostPasses = 16;
inline constexpr std::uint32_t kMostLanes = 8;
inline constexpr std::uint32_t kMostArgon2Work = 1024 * 1024;  // KiB times passes: about a second of a core

}  // namespace rekey
