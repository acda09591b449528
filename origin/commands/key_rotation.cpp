#include "origin/commands/key_rotation.h"

#include <algorithm>
#include <vector>

#include "shared/codec/ascii.h"
#include "shared/codec/encoding.h"
#include "shared/key_ring.h"

namespace rekey {
namespace {

std::vector<std::string_view> entries_of(std::string_view keys) {
  std::vector<std::string_view> entries;
  while (!keys.empty()) entries.push_back(cut_until(keys, ','));
  return entries;
}

std::string joined(const std::vector<std::string_view>& entries) {
  std::string text;
  for (const auto entry : entries) text.append(text.empty() ? "" : ",").append(entry);
  return text;
}

int free_id(const KeyRing& ring) {
  int id = 1;
  while (ring.find(static_cast<std::uint8_t>(id)) != nullptr) ++id;
  return id;
}

}  // namespace

std::string new_key(Random& random) {
  ByteArray<kMinKeySize> bytes{};
  random.fill(bytes);
  auto text = to_base64url(bytes);
  wipe(bytes);
  return text;
}

Result<std::string> next_keys(std::string_view keys, RotationStep step, Random& random) {
  const auto ring = KeyRing::parse(keys);
  if (!ring || keys.find(':') == keys.npos) return Error::kInvalidKeyRing;
  auto entries = entries_of(keys);
  const bool fits = step == RotationStep::kAdd ? entries.size() < kMaxKeys : entries.size() > 1;
  if (!fits) return Error::kWrongShape;
  switch (step) {
    case RotationStep::kAdd:
      return joined(entries) + "," + std::to_string(free_id(*ring)) + ":" + new_key(random);
    case RotationStep::kSign:
      std::rotate(entries.begin(), entries.end() - 1, entries.end());
      return joined(entries);
    case RotationStep::kDrop:
      entries.pop_back();
      return joined(entries);
  }
  __builtin_trap();
}

}  // namespace rekey
