// crypt(3) by libxcrypt: bcrypt, sha512crypt, yescrypt. Only crypt_function.cpp includes crypt.h. Safe from every thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/codec/bytes.h"
#include "shared/password_format.h"

namespace rekey {

// In: a setting, or a whole hash. Returns: the whole hash; nothing if crypt(3) fails, as for a password of 512 bytes or more; ""
// for a password with a NUL, at which it stops: such a password matches nothing.
// Time: a password with a NUL costs as much as its part before the NUL.
std::optional<std::string> compute_crypt(std::string_view password, const std::string& setting);

// In: the letter b or y; 16 random bytes. Returns: `$2b$12$` and the salt.
// Throws: Unavailable.
std::string bcrypt_setting(char letter, std::uint32_t cost, Bytes random);

}  // namespace rekey
