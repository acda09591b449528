#include "shared/username.h"

#include <algorithm>

#include "shared/codec/ascii.h"

namespace rekey {

Result<Username> Username::parse(std::string_view text) {
  if (text.size() < kMinUsernameSize || text.size() > kMaxUsernameSize) return Error::kInvalidUsername;
  if (!is_letter_or_digit(text.front())) return Error::kInvalidUsername;
  const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; };
  if (!std::all_of(text.begin(), text.end(), is_allowed)) return Error::kInvalidUsername;
  Username name;
  name.text_ = text;
  return name;
}

}  // namespace rekey
