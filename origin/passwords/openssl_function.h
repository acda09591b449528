// PBKDF2, scrypt, phpass's repeated MD5, and HMAC-SHA-384, by OpenSSL, which only openssl_function.cpp includes. Safe from every
// thread. All throw Unavailable if the library can't compute.
#pragma once

#include <string_view>
#include <vector>

#include "origin/passwords/hash_kind.h"
#include "shared/codec/bytes.h"

namespace rekey {

void compute_pbkdf2(std::string_view password, const Pbkdf2Kind& kind, Bytes salt, MutableBytes out);

// Takes 128 * N * r bytes of memory for the time of the call, and clears them.
void compute_scrypt(std::string_view password, const ScryptKind& kind, Bytes salt, MutableBytes out);

// The raw digest, before phpass's base64.
ByteArray<16> compute_phpass(std::string_view password, const PhpassKind& kind, Bytes salt);

ByteArray<48> hmac_sha384(std::string_view key, std::string_view message);

}  // namespace rekey
