// Argon2id (RFC 9106) by libargon2. Only argon2_function.cpp includes argon2.h. Safe from every thread.
#pragma once

#include <string_view>

#include "origin/passwords/argon2_memory.h"
#include "origin/passwords/argon2_phc.h"
#include "shared/codec/bytes.h"

namespace rekey {

// The bytes that a hash works in.
std::size_t argon2_work_space(const Argon2Parameters& parameters);

// Throws: Unavailable if there is no memory.
void compute_argon2id(std::string_view password, const Argon2Parameters& parameters, Bytes salt, MutableBytes out,
                      Argon2Memory& memory);

}  // namespace rekey
