// What ASCII letters and digits are, whatever the locale. For grammars that standards write down in ASCII.
#pragma once

#include <string>
#include <string_view>

namespace rekey {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
constexpr bool is_visible(char c) { return c > ' ' && c < '\x7f'; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }

// Returns: the text with A to Z in lower case and every other byte as it was.
std::string to_lower(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace rekey
