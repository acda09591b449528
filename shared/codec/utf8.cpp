#include "shared/codec/utf8.h"

namespace rekey {
namespace {

struct Lead {
  std::size_t size;
  char32_t bits;
  char32_t least;  // smaller values have a shorter form
};

std::optional<Lead> read_lead(unsigned char byte) {
  if (byte < 0x80) return Lead{1, byte, 0};
  if (byte >= 0xc2 && byte < 0xe0) return Lead{2, byte & 0x1fu, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return Lead{3, byte & 0x0fu, 0x800};
  if (byte >= 0xf0 && byte < 0xf5) return Lead{4, byte & 0x07u, 0x10000};
  return std::nullopt;
}

bool is_scalar(char32_t value) { return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff); }

}  // namespace

std::optional<CodePoint> read_code_point(std::string_view text) {
  const auto lead = read_lead(static_cast<unsigned char>(text.front()));
  if (!lead || text.size() < lead->size) return std::nullopt;
  char32_t value = lead->bits;
  for (std::size_t i = 1; i < lead->size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte & 0x3fu);
  }
  if (value < lead->least || !is_scalar(value)) return std::nullopt;
  return CodePoint{value, lead->size};
}

std::optional<std::size_t> count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    const auto point = read_code_point(text);
    if (!point) return std::nullopt;
    text.remove_prefix(point->size);
  }
  return count;
}

TextFault find_text_fault(std::string_view text) {
  while (!text.empty()) {
    const auto point = read_code_point(text);
    if (!point) return TextFault::kNotUtf8;
    if (is_control(point->value)) return TextFault::kControlCharacter;
    text.remove_prefix(point->size);
  }
  return TextFault::kNone;
}

}  // namespace rekey
