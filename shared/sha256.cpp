#include "shared/sha256.h"

#include <bearssl_hash.h>
#include <bearssl_hmac.h>

namespace rekey {
namespace {

template <class Context>
void wipe_context(Context& context) {
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

}  // namespace

Sha256Digest sha256(std::initializer_list<Bytes> pieces) {
  br_sha256_context context;
  br_sha256_init(&context);
  for (Bytes piece : pieces) br_sha256_update(&context, piece.data(), piece.size());
  Sha256Digest digest;
  br_sha256_out(&context, digest.data());
  wipe_context(context);
  return digest;
}

Sha256Digest hmac_sha256(Bytes key, std::initializer_list<Bytes> pieces) {
  br_hmac_key_context key_context;
  br_hmac_key_init(&key_context, &br_sha256_vtable, key.data(), key.size());
  br_hmac_context context;
  br_hmac_init(&context, &key_context, 0);
  for (Bytes piece : pieces) br_hmac_update(&context, piece.data(), piece.size());
  Sha256Digest digest;
  br_hmac_out(&context, digest.data());
  wipe_context(context);
  wipe_context(key_context);
  return digest;
}

}  // namespace rekey
