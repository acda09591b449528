#include "origin/passwords/hash_function.h"

#include "origin/passwords/argon2_function.h"
#include "origin/passwords/crypt_forms.h"
#include "origin/passwords/crypt_function.h"
#include "origin/passwords/openssl_function.h"

namespace rekey {
namespace {

using Digest = std::vector<std::uint8_t>;

constexpr ByteArray<16> kSaltOfNobody{};
constexpr std::size_t kSizeForNobody = 16;  // within one block of every function

// Calls the function of the kind.
class Computation {
 public:
  Computation(std::string_view password, Bytes salt, std::size_t size, Argon2Memory& memory)
      : password_(password), salt_(salt), digest_(size), memory_(memory) {}

  std::optional<Digest> operator()(const Argon2Parameters& parameters) {
    compute_argon2id(password_, parameters, salt_, digest_, memory_);
    return std::move(digest_);
  }

  // bcrypt gets no more than it reads: crypt(3) refuses long passwords.
  std::optional<Digest> operator()(const CryptKind& kind) {
    const bool cuts = kind.algorithm == CryptAlgorithm::kBcrypt;
    const auto text = compute_crypt(cuts ? password_.substr(0, kMostBcryptBytes) : password_, std::string(as_text(salt_)));
    if (!text) return std::nullopt;
    return Digest(text->begin(), text->end());
  }

  std::optional<Digest> operator()(const Pbkdf2Kind& kind) {
    compute_pbkdf2(password_, kind, salt_, digest_);
    return std::move(digest_);
  }

  std::optional<Digest> operator()(const ScryptKind& kind) {
    compute_scrypt(password_, kind, salt_, digest_);
    return std::move(digest_);
  }

  std::optional<Digest> operator()(const PhpassKind& kind) { return phpass_digest(compute_phpass(password_, kind, salt_)); }

 private:
  std::string_view password_;
  Bytes salt_;
  Digest digest_;
  Argon2Memory& memory_;
};

}  // namespace

HashFunction::HashFunction(const Argon2Parameters& frequent) : memory_(argon2_work_space(frequent)) {}

std::optional<Digest> HashFunction::compute(const HashKind& kind, std::string_view password, Bytes salt, std::size_t size) {
  return std::visit(Computation(password, salt, size, memory_), kind);
}

void HashFunction::compute_for_nobody(const HashKind& kind, std::string_view password) {
  const auto* const crypt = std::get_if<CryptKind>(&kind);
  compute(kind, password, crypt != nullptr ? as_bytes(crypt->setting) : Bytes(kSaltOfNobody), kSizeForNobody);
}

}  // namespace rekey
