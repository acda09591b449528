#include "shared/username.h"

#include <algorithm>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

bool is_separator(char c) { return c == '-' || c == '_'; }

bool is_name_character(char c) { return is_letter_or_digit(c) || is_separator(c); }

std::size_t longest_digit_run(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = is_digit(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

Result<Username> Username::parse(std::string_view text) {
  if (text.size() < kMinUsernameSize || text.size() > kMaxUsernameSize) return Error::kInvalidUsername;
  if (is_separator(text.front()) || is_separator(text.back())) return Error::kInvalidUsername;
  if (!std::all_of(text.begin(), text.end(), is_name_character)) return Error::kInvalidUsername;
  if (std::count_if(text.begin(), text.end(), is_separator) > 1) return Error::kInvalidUsername;
  if (longest_digit_run(text) > kMaxDigitRun) return Error::kInvalidUsername;
  Username name;
  name.text_ = text;
  return name;
}

}  // namespace rekey
