#include "shared/message_signature.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

constexpr std::size_t kMaxNonceSize = 64;
constexpr std::string_view kLabel = "rekey=";
constexpr std::string_view kComponents = "(\"@method\" \"@path\" \"content-digest\");created=";
constexpr std::string_view kBeforeKeyId = ";keyid=\"";
constexpr std::string_view kBeforeNonce = "\";alg=\"hmac-sha256\";nonce=\"";
constexpr std::string_view kEnd = "\"";

struct SignatureParameters {
  UnixSeconds created = 0;
  std::uint8_t key_id = 0;
  std::string_view nonce;
};

std::string concatenate(std::initializer_list<std::string_view> pieces) {
  std::string text;
  for (std::string_view piece : pieces) text += piece;
  return text;
}

bool is_nonce(std::string_view text) {
  const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; };
  return !text.empty() && text.size() <= kMaxNonceSize && std::all_of(text.begin(), text.end(), is_allowed);
}

// A line break in a component would let its sender forge lines of the signature base.
bool is_component(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_visible); }

std::string make_content_digest(std::string_view body) {
  return concatenate({"sha-256=:", to_base64(sha256({as_bytes(body)})), ":"});
}

// RFC 9421, section 2.3: the value of Signature-Input after the label.
std::string write_parameters(const SignatureParameters& parameters) {
  return concatenate({kComponents, to_decimal(parameters.created), kBeforeKeyId, to_decimal(parameters.key_id), kBeforeNonce,
                      parameters.nonce, kEnd});
}

// RFC 9421, section 2.5.
std::string make_signature_base(const SignedCall& call, std::string_view content_digest, std::string_view parameters) {
  return concatenate({"\"@method\": ", call.method, "\n\"@path\": ", call.path, "\n\"content-digest\": ", content_digest,
                      "\n\"@signature-params\": ", parameters});
}

bool skip(std::string_view& rest, std::string_view expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(expected.size());
  return true;
}

std::optional<std::uint32_t> skip_number(std::string_view& rest, std::uint32_t most) {
  const std::size_t size = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
  const auto number = parse_decimal(rest.substr(0, size), most);
  rest.remove_prefix(size);
  return number;
}

std::optional<SignatureParameters> read_parameters(std::string_view text) {
  if (!skip(text, kComponents)) return std::nullopt;
  const auto created = skip_number(text, 0xffffffff);
  if (!created || !skip(text, kBeforeKeyId)) return std::nullopt;
  const auto key_id = skip_number(text, 255);
  if (!key_id || !skip(text, kBeforeNonce)) return std::nullopt;
  const std::string_view nonce = text.substr(0, text.find('"'));
  text.remove_prefix(nonce.size());
  if (!is_nonce(nonce) || text != kEnd) return std::nullopt;
  return SignatureParameters{*created, static_cast<std::uint8_t>(*key_id), nonce};
}

std::optional<Sha256Digest> read_signature(std::string_view field) {
  Sha256Digest mac;
  if (!skip(field, kLabel) || !skip(field, ":") || !field.ends_with(':')) return std::nullopt;
  field.remove_suffix(1);
  if (from_base64(field, mac) != Error::kNone) return std::nullopt;
  return mac;
}

bool is_in_window(UnixSeconds created, UnixSeconds now) {
  return (created > now ? created - now : now - created) <= kSignatureWindowSeconds;
}

}  // namespace

SignedFields sign_call(const MacKey& key, const SignedCall& call, UnixSeconds created, std::string_view nonce) {
  if (!is_nonce(nonce) || !is_component(call.method) || !is_component(call.path)) __builtin_trap();
  const std::string parameters = write_parameters({created, key.id, nonce});
  std::string digest = make_content_digest(call.body);
  const std::string signature = hmac_signature(key.bytes(), make_signature_base(call, digest, parameters));
  return {std::move(digest), concatenate({kLabel, parameters}), concatenate({kLabel, ":", signature, ":"})};
}

Result<std::string> verify_call(const KeyRing& keys, const SignedCall& call, const CallFields& fields, UnixSeconds now) {
  if (fields.signature.empty() || fields.signature_input.empty()) return Error::kSignatureMissing;
  if (!is_component(call.method) || !is_component(call.path)) return Error::kSignatureInvalid;
  std::string_view text = fields.signature_input;
  if (!skip(text, kLabel)) return Error::kSignatureInvalid;
  const auto parameters = read_parameters(text);
  const auto mac = read_signature(fields.signature);
  if (!parameters || !mac) return Error::kSignatureInvalid;
  const MacKey* key = keys.find(parameters->key_id);
  if (key == nullptr) return Error::kSignatureInvalid;
  const std::string base = make_signature_base(call, fields.content_digest, text);
  if (!equal_in_constant_time(hmac_sha256(key->bytes(), {as_bytes(base)}), *mac)) return Error::kSignatureInvalid;
  if (fields.content_digest != make_content_digest(call.body)) return Error::kSignatureInvalid;
  if (!is_in_window(parameters->created, now)) return Error::kSignatureExpired;
  return std::string(parameters->nonce);
}

std::string hmac_signature(Bytes key, std::string_view signature_base) {
  return to_base64(hmac_sha256(key, {as_bytes(signature_base)}));
}

}  // namespace rekey
