#include "origin/passwords/openssl_function.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "origin/ports/unavailable.h"

namespace rekey {
namespace {

constexpr int kDone = 1;  // what OpenSSL's functions return

void require(bool computed) {
  if (!computed) throw Unavailable("a password hash could not be computed");
}

const EVP_MD* digest_of(Prf prf) {
  switch (prf) {
    case Prf::kHmacSha1:
      return EVP_sha1();
    case Prf::kHmacSha256:
      return EVP_sha256();
    case Prf::kHmacSha512:
      return EVP_sha512();
  }
  __builtin_trap();
}

// MD5, started again for each message.
class Md5 {
 public:
  Md5() { require(context_ && algorithm_); }

  ByteArray<16> of(Bytes first, Bytes second) {
    ByteArray<16> digest{};
    require(EVP_DigestInit_ex(context_.get(), algorithm_.get(), nullptr) == kDone &&
            EVP_DigestUpdate(context_.get(), first.data(), first.size()) == kDone &&
            EVP_DigestUpdate(context_.get(), second.data(), second.size()) == kDone &&
            EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == kDone);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{EVP_MD_fetch(nullptr, "MD5", nullptr), &EVP_MD_free};
};

}  // namespace

void compute_pbkdf2(std::string_view password, const Pbkdf2Kind& kind, Bytes salt, MutableBytes out) {
  require(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(), static_cast<int>(salt.size()),
                            static_cast<int>(kind.iterations), digest_of(kind.prf), static_cast<int>(out.size()),
                            out.data()) == kDone);
}

void compute_scrypt(std::string_view password, const ScryptKind& kind, Bytes salt, MutableBytes out) {
  // The blocks of each lane come on top of kMostScryptMemory.
  constexpr std::uint64_t kMostMemory = 2 * std::uint64_t{kMostScryptMemory};
  require(EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), kind.n, kind.r, kind.p, kMostMemory,
                         out.data(), out.size()) == kDone);
}

ByteArray<16> compute_phpass(std::string_view password, const PhpassKind& kind, Bytes salt) {
  Md5 md5;
  ByteArray<16> digest = md5.of(salt, as_bytes(password));
  for (std::uint32_t left = 1U << kind.doublings; left > 0; --left) digest = md5.of(digest, as_bytes(password));
  return digest;
}

ByteArray<48> hmac_sha384(std::string_view key, std::string_view message) {
  ByteArray<48> mac{};
  const Bytes bytes = as_bytes(message);
  require(HMAC(EVP_sha384(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(), mac.data(), nullptr) !=
          nullptr);
  return mac;
}

}  // namespace rekey
