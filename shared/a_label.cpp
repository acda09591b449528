#include "shared/a_label.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

constexpr std::string_view kPrefix = "xn--";

// RFC 3492, section 5.
constexpr std::uint32_t kBase = 36;
constexpr std::uint32_t kTMin = 1;
constexpr std::uint32_t kTMax = 26;
constexpr std::uint32_t kSkew = 38;
constexpr std::uint32_t kDamp = 700;
constexpr std::uint32_t kHalve = 2;
constexpr std::uint32_t kInitialBias = 72;
constexpr std::uint32_t kInitialPoint = 0x80;

constexpr std::uint64_t kMost = 0x7fffffff;  // above every delta of a label in Unicode
constexpr std::uint64_t kLastPoint = 0x10ffff;

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Characters that no registry accepts, most of them invisible: controls, spaces, direction marks, variation selectors,
// surrogates, private use, full-width forms, noncharacters and tags. Some scripts need the joiners U+200C and U+200D.
constexpr Range kRefused[] = {
    {0x0080, 0x00a0}, {0x00ad, 0x00ad}, {0x2000, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f},
    {0x3000, 0x3000}, {0xd800, 0xf8ff}, {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f}, {0xfeff, 0xffff}, {0xe0000, 0x10ffff},
};

// The last two code points of each plane are noncharacters.
bool is_refused(std::uint64_t point) {
  if ((point & 0xfffe) == 0xfffe) return true;
  return std::any_of(std::begin(kRefused), std::end(kRefused),
                     [point](const Range& range) { return point >= range.first && point <= range.last; });
}

std::optional<std::uint32_t> digit_of(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0') + 26;
  if (is_letter(c)) return static_cast<std::uint32_t>(to_lower(c) - 'a');
  return std::nullopt;
}

// Section 6.1. In: kDamp for the first delta, kHalve for each after it.
std::uint32_t adapt(std::uint64_t delta, std::uint64_t points, std::uint32_t divisor) {
  delta /= divisor;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) delta /= kBase - kTMin;
  return k + static_cast<std::uint32_t>((kBase - kTMin + 1) * delta / (delta + kSkew));
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
  if (k <= bias + kTMin) return kTMin;
  return std::min(k - bias, kTMax);
}

// Takes one delta, a number of variable length, from the front of `rest`.
std::optional<std::uint64_t> take_delta(std::string_view& rest, std::uint32_t bias) {
  std::uint64_t delta = 0;
  std::uint64_t weight = 1;
  for (std::uint32_t k = kBase; !rest.empty(); k += kBase) {
    const auto digit = digit_of(rest.front());
    rest.remove_prefix(1);
    if (!digit) return std::nullopt;
    delta += *digit * weight;
    const auto t = threshold(k, bias);
    if (delta > kMost) return std::nullopt;
    if (*digit < t) return delta;
    weight *= kBase - t;
    if (weight > kMost) return std::nullopt;
  }
  return std::nullopt;
}

// Section 6.2, without producing the text: only checks the characters.
bool decodes_well(std::string_view encoded) {
  const auto hyphen = encoded.rfind('-');
  std::uint64_t points = hyphen == std::string_view::npos ? 0 : hyphen;
  std::string_view rest = points == 0 ? encoded : encoded.substr(points + 1);
  if (rest.empty()) return false;
  std::uint64_t point = kInitialPoint;
  std::uint64_t position = 0;
  std::uint32_t bias = kInitialBias;
  for (std::uint32_t divisor = kDamp; !rest.empty(); divisor = kHalve) {
    const auto delta = take_delta(rest, bias);
    if (!delta) return false;
    ++points;
    bias = adapt(*delta, points, divisor);
    point += (position + *delta) / points;
    position = (position + *delta) % points + 1;
    if (point > kLastPoint || is_refused(point)) return false;
  }
  return true;
}

}  // namespace

bool looks_like_a_label(std::string_view label) { return equal_ignoring_case(label.substr(0, kPrefix.size()), kPrefix); }

bool is_a_label(std::string_view label) { return looks_like_a_label(label) && decodes_well(label.substr(kPrefix.size())); }

}  // namespace rekey
