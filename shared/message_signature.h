// The signature on every call from the edge to the origin: RFC 9421, algorithm hmac-sha256, over @method, @path and
// content-digest (RFC 9530, sha-256), with `created`, `keyid` and `nonce`. The edge signs, the origin verifies.
#pragma once

#include <string>
#include <string_view>

#include "shared/key_ring.h"
#include "shared/result.h"
#include "shared/token.h"

namespace rekey {

inline constexpr std::uint32_t kSignatureWindowSeconds =
    60;  // the most that `created` may differ from the origin's clock, either way

struct SignedFields {
  std::string content_digest;   // sha-256=:...:
  std::string signature_input;  // rekey=("@method" "@path" "content-digest");created=...;keyid="1";alg="hmac-sha256";nonce="..."
  std::string signature;        // rekey=:...:
};

struct SignedCall {
  std::string_view method;  // "POST"
  std::string_view path;    // "/internal/forgot-password", no query
  std::string_view body;
};

// In: a nonce of 1 to 64 characters of [A-Za-z0-9_-]; the edge uses the request id.
SignedFields sign_call(const MacKey& key, const SignedCall& call, UnixSeconds created, std::string_view nonce);

struct CallFields {
  std::string_view content_digest;
  std::string_view signature_input;
  std::string_view signature;
};

// Accepts only the form that sign_call writes, not all that RFC 9421 allows. Returns: the nonce.
// Errors: kSignatureMissing, kSignatureInvalid, or kSignatureExpired for an authentic signature outside the window.
// Time: independent of where a MAC differs.
Result<std::string> verify_call(const KeyRing& keys, const SignedCall& call, const CallFields& fields, UnixSeconds now);

// Returns: the MAC over a signature base (RFC 9421, sections 2.5 and 3.3.3) in padded base64, without the colons around it.
std::string hmac_signature(Bytes key, std::string_view signature_base);

}  // namespace rekey
