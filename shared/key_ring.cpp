#include "shared/key_ring.h"

#include <algorithm>

#include "shared/codec/decimal.h"
#include "shared/codec/encoding.h"

namespace rekey {
namespace {

// Cuts the text up to the separator off the front of `rest`. Returns: the text cut off; all of it where there is no separator.
std::string_view cut_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view cut = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return cut;
}

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

}  // namespace rekey
