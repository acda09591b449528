// Letters and digits of ASCII, independent of the locale, and cutting of texts. For grammars that are defined in ASCII.
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

// Returns: the value of a lower-case hex digit, -1 for another character.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Returns: the text with A to Z in lower case, all other bytes unchanged.
std::string to_lower(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

// Returns: the text without the blanks at its ends; RFC 9110's blanks are a space and a tab.
std::string_view trim(std::string_view text, std::string_view blanks = " \t");

// Removes the text up to the separator, and the separator, from the front of `rest`. Returns: that text; without a separator all
// of it.
std::string_view cut_until(std::string_view& rest, char separator);

// Returns: at most `most` bytes of the text, only visible characters and spaces: safe in logs and mails.
std::string printable(std::string_view text, std::size_t most);

}  // namespace rekey
