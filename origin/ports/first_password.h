// Whether an account without a password, which signs in through a provider, may get one by a reset link: ALLOW_FIRST_PASSWORD.
#pragma once

#include <cstdint>

namespace rekey {

// kRefused: the mail to such an account says how it signs in, and has no link.
enum class FirstPassword : std::uint8_t { kRefused, kAllowed };

}  // namespace rekey
