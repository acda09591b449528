// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Only sha256.cpp includes BearSSL.
#pragma once

#include <initializer_list>

#include "shared/codec/bytes.h"

namespace rekey {

inline constexpr std::size_t kSha256Size = 32;
using Sha256Digest = ByteArray<kSha256Size>;

// In: any number of pieces, hashed as one sequence of bytes.
Sha256Digest sha256(std::initializer_list<Bytes> pieces);

// In: a key of any length; the message in pieces, hashed as one sequence of bytes.
// Time: depends on the lengths only.
Sha256Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> pieces);

}  // namespace rekey
