#include "shared/key_ring.h"

#include <algorithm>

#include "shared/codec/ascii.h"
#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

Error read_key(std::string_view text, MacKey& key) {
  const auto size = base64url_decoded_size(text.size());
  if (!size || *size < kMinKeySize || *size > kMaxKeySize) return Error::kInvalidKeyRing;
  key.size = static_cast<std::uint8_t>(*size);
  const Error error = from_base64url(text, MutableBytes(key.storage).first(*size));
  return error == Error::kNone ? Error::kNone : Error::kInvalidKeyRing;
}

Error read_entry(std::string_view entry, MacKey& key) {
  const std::string_view id_text = cut_until(entry, ':');
  const auto id = parse_decimal(id_text, 255);
  if (!id || *id == 0) return Error::kInvalidKeyRing;
  key.id = static_cast<std::uint8_t>(*id);
  return read_key(entry, key);
}

}  // namespace

Result<KeyRing> KeyRing::parse(std::string_view text) {
  KeyRing ring;
  if (text.find_first_of(":,") == std::string_view::npos) {
    ring.count_ = 1;
    if (const Error error = read_key(text, ring.keys_[0]); error != Error::kNone) return error;
    return ring;
  }
  if (text.ends_with(',')) return Error::kInvalidKeyRing;
  while (!text.empty()) {
    if (ring.count_ == kMaxKeys) return Error::kInvalidKeyRing;
    MacKey& key = ring.keys_[ring.count_];
    if (const Error error = read_entry(cut_until(text, ','), key); error != Error::kNone) return error;
    if (ring.find(key.id) != nullptr) return Error::kInvalidKeyRing;
    ++ring.count_;
  }
  return ring;
}

KeyRing::~KeyRing() {
  for (MacKey& key : keys_) wipe(key.storage);
}

const MacKey* KeyRing::find(std::uint8_t id) const {
  const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(count_);
  const auto found = std::find_if(keys_.begin(), end, [id](const MacKey& key) { return key.id == id; });
  return found == end ? nullptr : &*found;
}

bool KeyRing::holds(Bytes key) const {
  const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(count_);
  return std::any_of(keys_.begin(), end, [key](const MacKey& own) { return equal_in_constant_time(own.bytes(), key); });
}

bool KeyRing::shares_a_key_with(const KeyRing& other) const {
  const auto end = keys_.begin() + static_cast<std::ptrdiff_t>(count_);
  return std::any_of(keys_.begin(), end, [&other](const MacKey& own) { return other.holds(own.bytes()); });
}

}  // namespace rekey
