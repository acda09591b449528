#include "origin/passwords/pre_hash.h"

#include "origin/passwords/crypt_function.h"
#include "origin/passwords/openssl_function.h"
#include "origin/passwords/utf8proc_normalizer.h"
#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

std::string_view trim_as_php(std::string_view text) { return trim(text, std::string_view(" \n\r\t\v\0", 6)); }

// Source: wp_hash_password() of WordPress 6.8; the key separates this use of HMAC from others.
std::string hash_as_wordpress(std::string_view password) {
  auto mac = hmac_sha384("wp-sha384", trim_as_php(password));
  std::string text = to_base64(mac);
  wipe(mac);
  return text;
}

std::string hash_as_django(std::string_view password) {
  auto digest = sha256({as_bytes(password)});
  std::string text = to_hex(digest);
  wipe(digest);
  return text;
}

std::string prepare(std::string_view password, PreHash how) {
  switch (how) {
    case PreHash::kNone:
      return std::string(password);
    case PreHash::kSha256Hex:
      return hash_as_django(password);
    case PreHash::kHmacSha384Base64:
      return hash_as_wordpress(password);
    case PreHash::kNfkc:
      return Utf8procNormalizer::nfkc(password).value_or("");
  }
  __builtin_trap();
}

bool is_bcrypt(const HashKind& kind) {
  const auto* const crypt = std::get_if<CryptKind>(&kind);
  return crypt != nullptr && crypt->algorithm == CryptAlgorithm::kBcrypt;
}

}  // namespace

PreparedPassword::PreparedPassword(std::string_view password, PreHash how) : text_(prepare(password, how)) {}

PreparedPassword::~PreparedPassword() { wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }

bool is_told_apart(std::string_view password, const StoredHash& stored) {
  switch (pre_hash_of(stored.form)) {
    case PreHash::kNone:
      return !is_bcrypt(stored.body.kind) || password.size() <= kMostBcryptBytes;
    case PreHash::kSha256Hex:
      return true;
    case PreHash::kHmacSha384Base64:
      return trim_as_php(password) == password;
    case PreHash::kNfkc:
      return PreparedPassword(password, PreHash::kNfkc).reveal() == password;
  }
  __builtin_trap();
}

}  // namespace rekey
