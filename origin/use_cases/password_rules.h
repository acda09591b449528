// Prepares a typed password for the hasher: NFC for all, the policy for new ones. Used by every use case that takes a password.
// The policy itself is shared/password_policy.h; here it is applied again, after NFC and with the account's address and name.
// A new password may equal the old one: a refusal would tell the holder of a stolen link that a guess was right.
#pragma once

#include <string>
#include <string_view>

#include "origin/ports/text_normalizer.h"
#include "shared/password_policy.h"
#include "shared/result.h"

namespace rekey {

// A password in NFC. A secret: no operator<<, wiped when destroyed.
class PasswordText {
 public:
  explicit PasswordText(std::string nfc) : text_(std::move(nfc)) {}
  PasswordText(PasswordText&& other) noexcept;
  PasswordText& operator=(PasswordText&&) = delete;
  PasswordText(const PasswordText&) = delete;
  ~PasswordText();

  std::string_view reveal() const { return text_; }

 private:
  std::string text_;
};

class PasswordRules {
 public:
  // In: `most_bytes` of PasswordHasher.
  PasswordRules(const TextNormalizer& normalizer, std::string product_name, std::size_t min_length,
                std::size_t most_bytes = kAnyPasswordBytes);

  // For a new password.
  // Errors: those of check_password().
  Result<PasswordText> accept(std::string_view typed, std::string_view email, std::string_view username) const;

  // For a password to compare with a stored hash. Returns: empty for invalid UTF-8, which matches nothing.
  PasswordText normalize(std::string_view typed) const;

 private:
  const TextNormalizer& normalizer_;
  std::string product_name_;
  std::size_t min_length_;
  std::size_t most_bytes_;
};

}  // namespace rekey
