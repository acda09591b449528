#include "shared/codec/encoding.h"

#include <algorithm>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

// The two alphabets of RFC 4648, which differ in their last two digits.
struct Alphabet {
  std::string_view digits;
  char digit62() const { return digits[62]; }
  char digit63() const { return digits[63]; }
};
constexpr Alphabet kUrlSafe{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
constexpr Alphabet kStandard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};

std::optional<std::uint32_t> value_of(char digit, Alphabet alphabet) {
  if (is_upper(digit)) return digit - 'A';
  if (is_lower(digit)) return digit - 'a' + 26;
  if (is_digit(digit)) return digit - '0' + 52;
  if (digit == alphabet.digit62()) return 62;
  if (digit == alphabet.digit63()) return 63;
  return std::nullopt;
}

// Three bytes are four digits; one or two at the end are two or three.
std::string encode(Bytes bytes, Alphabet alphabet) {
  std::string text((bytes.size() * 8 + 5) / 6, '\0');
  auto out = text.begin();
  const auto write = [&](std::uint32_t bits, int shift) { *out++ = alphabet.digits[(bits >> shift) & 63]; };
  for (; bytes.size() >= 3; bytes = bytes.subspan(3)) {
    const std::uint32_t bits = static_cast<std::uint32_t>(bytes[0]) << 16 | static_cast<std::uint32_t>(bytes[1]) << 8 | bytes[2];
    for (const int shift : {18, 12, 6, 0}) write(bits, shift);
  }
  if (bytes.empty()) return text;
  const std::uint32_t bits =
      static_cast<std::uint32_t>(bytes[0]) << 16 | (bytes.size() > 1 ? static_cast<std::uint32_t>(bytes[1]) << 8 : 0);
  write(bits, 18);
  write(bits, 12);
  if (bytes.size() > 1) write(bits, 6);
  return text;
}

Error decode(std::string_view text, MutableBytes out, Alphabet alphabet) {
  if (base64url_decoded_size(text.size()) != out.size()) return Error::kInvalidEncoding;
  std::uint32_t buffer = 0;
  int bits = 0;
  auto next = out.begin();
  for (char digit : text) {
    const auto value = value_of(digit, alphabet);
    if (!value) return Error::kInvalidEncoding;
    buffer = (buffer << 6) | *value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    *next++ = static_cast<std::uint8_t>(buffer >> bits);
  }
  const bool has_spare_bits = (buffer & ((1u << bits) - 1)) != 0;
  return has_spare_bits ? Error::kInvalidEncoding : Error::kNone;
}

}  // namespace

std::string to_base64url(Bytes bytes) { return encode(bytes, kUrlSafe); }

std::string to_base64(Bytes bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::size_t> base64url_decoded_size(std::size_t text_size) {
  if (text_size % 4 == 1) return std::nullopt;
  return text_size / 4 * 3 + (text_size % 4 == 0 ? 0 : text_size % 4 - 1);
}

Error from_base64url(std::string_view text, MutableBytes out) { return decode(text, out, kUrlSafe); }

Error from_base64(std::string_view text, MutableBytes out) {
  const std::size_t padding = (3 - out.size() % 3) % 3;
  if (text.size() % 4 != 0 || text.size() < padding) return Error::kInvalidEncoding;
  const std::string_view tail = text.substr(text.size() - padding);
  if (std::count(tail.begin(), tail.end(), '=') != static_cast<std::ptrdiff_t>(padding)) return Error::kInvalidEncoding;
  text.remove_suffix(padding);
  return decode(text, out, kStandard);
}

Error from_hex(std::string_view text, MutableBytes out) {
  if (text.size() != out.size() * 2) return Error::kInvalidEncoding;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return Error::kInvalidEncoding;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return Error::kNone;
}

}  // namespace rekey
