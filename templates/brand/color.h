// Colours of sRGB as CSS writes them, `#rrggbb`, and their contrast (WCAG 2.2, "contrast ratio" and "relative luminance").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  // In: `#` and six hex digits of either case. Returns: nothing for any other text.
  static std::optional<Color> parse(std::string_view text);
  std::string text() const;  // `#rrggbb`, lower case

  bool operator==(const Color&) const = default;
};

// Returns: 1 to 21, the same in either order.
double contrast(const Color& a, const Color& b);

// In: `share` of the second colour, 0 to 1. Returns: the mixture, channel by channel.
Color mix(const Color& first, const Color& second, double share);

// Returns: "4.49:1": cut, not rounded, so that a ratio below a bound never reads like the bound.
std::string ratio_text(double ratio);

}  // namespace rekey
