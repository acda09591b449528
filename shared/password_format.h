// PASSWORD_FORMAT: the form in which new password hashes are written, so that the product whose table it is can read them. The
// origin writes them; the edge knows the format for the bytes that a password may have.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "shared/password_policy.h"

namespace rekey {

enum class PasswordFormat : std::uint8_t {
  kArgon2id,
  kBcrypt2b,
  kBcrypt2y,
  kDjangoArgon2,
  kDjangoPbkdf2,
  kDjangoBcryptSha256,
  kBetterAuth,
  kAspnetV3,
};

// In the order of the formats.
inline constexpr std::string_view kPasswordFormatWords[] = {
    "argon2id", "bcrypt-2b", "bcrypt-2y", "django-argon2", "django-pbkdf2", "django-bcrypt-sha256", "better-auth", "aspnet-v3"};
static_assert(std::size(kPasswordFormatWords) == static_cast<std::size_t>(PasswordFormat::kAspnetV3) + 1);

constexpr std::string_view password_format_word(PasswordFormat format) {
  return kPasswordFormatWords[static_cast<std::size_t>(format)];
}

constexpr std::optional<PasswordFormat> find_password_format(std::string_view word) {
  const auto* const found = std::find(std::begin(kPasswordFormatWords), std::end(kPasswordFormatWords), word);
  if (found == std::end(kPasswordFormatWords)) return std::nullopt;
  return static_cast<PasswordFormat>(found - std::begin(kPasswordFormatWords));
}

// bcrypt reads no further: longer passwords with the same beginning would be one.
inline constexpr std::size_t kMostBcryptBytes = 72;

// The most bytes of a password that the format tells apart.
constexpr std::size_t most_password_bytes(PasswordFormat format) {
  return format == PasswordFormat::kBcrypt2b || format == PasswordFormat::kBcrypt2y ? kMostBcryptBytes : kAnyPasswordBytes;
}

}  // namespace rekey
