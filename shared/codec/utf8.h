// Reads UTF-8 (RFC 3629) one code point at a time: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace rekey {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes it took, 1 to 4
};

// In: a text that is not empty.
// Returns: its first code point, or nothing if that is not well-formed.
std::optional<CodePoint> read_code_point(std::string_view text);

// Returns: the number of code points, or nothing if the text is not well-formed.
std::optional<std::size_t> count_code_points(std::string_view text);

// C0, DEL and C1, which no name, address, password or phrase may hold.
constexpr bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

enum class TextFault : unsigned char { kNone, kNotUtf8, kControlCharacter };

// Returns: the first fault of the text.
TextFault find_text_fault(std::string_view text);

}  // namespace rekey
