// A text that was never used before, of the form of a request id: the salt of fingerprints (shared/key_fingerprints.h).
#pragma once

#include <string>

#include "origin/ports/random.h"
#include "shared/codec/encoding.h"

namespace rekey {

inline std::string new_challenge(Random& random) {
  ByteArray<16> bytes{};
  random.fill(bytes);
  return to_base64url(bytes);
}

}  // namespace rekey
