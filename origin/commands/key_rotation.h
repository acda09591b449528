// The steps by which a list of keys changes without a break, on its text `id:base64url,...`: the new key is added at the end, so
// that all verify it; then it signs; then the old one is dropped. Each step is set everywhere before the next one begins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "origin/ports/random.h"
#include "shared/result.h"

namespace rekey {

enum class RotationStep : std::uint8_t { kAdd, kSign, kDrop };

// Returns: a new key, base64url of 32 random bytes.
std::string new_key(Random& random);

// In: a list that KeyRing::parse() accepts. kAdd gives the new key the lowest free id; kSign moves the last key to the front;
// kDrop removes the last one.
// Errors: kInvalidKeyRing for a list that KeyRing::parse() refuses, and for one bare key, which has no id. kWrongShape if the
// step does not fit: eight keys already, or only one.
Result<std::string> next_keys(std::string_view keys, RotationStep step, Random& random);

}  // namespace rekey
