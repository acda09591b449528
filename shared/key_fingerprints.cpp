#include "shared/key_fingerprints.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

KeyFingerprint fingerprint_of(const MacKey& key, std::string_view salt, std::string_view purpose) {
  const ByteArray<1> separator{0};
  const auto mac = hmac_sha256(key.bytes(), {as_bytes(purpose), separator, as_bytes(salt)});
  KeyFingerprint print{key.id, {}};
  std::copy_n(mac.begin(), kFingerprintSize, print.bytes.begin());
  return print;
}

Error read_print(std::string_view entry, KeyFingerprint& print) {
  const auto id = parse_decimal(cut_until(entry, ':'), 255);
  if (!id || entry.size() != 2 * kFingerprintSize) return Error::kInvalidKeyRing;
  print.id = static_cast<std::uint8_t>(*id);
  return from_hex(entry, print.bytes) == Error::kNone ? Error::kNone : Error::kInvalidKeyRing;
}

}  // namespace

KeyFingerprints KeyFingerprints::of(const KeyRing& ring, std::string_view salt, std::string_view purpose) {
  KeyFingerprints prints;
  for (const MacKey& key : ring.keys()) prints.prints_[prints.count_++] = fingerprint_of(key, salt, purpose);
  return prints;
}

Result<KeyFingerprints> KeyFingerprints::parse(std::string_view text) {
  KeyFingerprints prints;
  if (text.empty() || text.ends_with(',')) return Error::kInvalidKeyRing;
  while (!text.empty()) {
    KeyFingerprint print;
    if (prints.count_ == kMaxKeys) return Error::kInvalidKeyRing;
    if (const Error error = read_print(cut_until(text, ','), print); error != Error::kNone) return error;
    if (prints.find(print.id) != nullptr) return Error::kInvalidKeyRing;
    prints.prints_[prints.count_++] = print;
  }
  return prints;
}

std::string KeyFingerprints::text() const {
  std::string text;
  for (const auto& print : *this) {
    text.append(text.empty() ? "" : ",").append(to_decimal(print.id)).append(":").append(to_hex(print.bytes));
  }
  return text;
}

const KeyFingerprint* KeyFingerprints::find(std::uint8_t id) const {
  const auto* const found = std::find_if(begin(), end(), [id](const KeyFingerprint& print) { return print.id == id; });
  return found == end() ? nullptr : found;
}

bool KeyFingerprints::hold(const KeyFingerprint& print) const { return std::find(begin(), end(), print) != end(); }

bool KeyFingerprints::contradict(const KeyFingerprints& other) const {
  return std::any_of(begin(), end(), [&other](const KeyFingerprint& print) {
    const auto* const theirs = other.find(print.id);
    return theirs != nullptr && theirs->bytes != print.bytes;
  });
}

bool KeyFingerprints::are_of_the_keys_of(const KeyFingerprints& other) const {
  return count_ == other.count_ &&
         std::all_of(begin(), end(), [&other](const KeyFingerprint& print) { return other.hold(print); });
}

}  // namespace rekey
