#include "templates/brand/color.h"

#include <algorithm>
#include <cmath>

#include "shared/codec/ascii.h"

namespace rekey {
namespace {

int channel_of(std::string_view digits) {
  const int high = hex_value(to_lower(digits[0]));
  const int low = hex_value(to_lower(digits[1]));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

double linear(std::uint8_t channel) {
  const double share = channel / 255.0;
  return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

double luminance(const Color& color) {
  return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

std::uint8_t mixed(std::uint8_t first, std::uint8_t second, double share) {
  return static_cast<std::uint8_t>(std::lround(first + (second - first) * share));
}

}  // namespace

std::optional<Color> Color::parse(std::string_view text) {
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  const int red = channel_of(text.substr(1, 2));
  const int green = channel_of(text.substr(3, 2));
  const int blue = channel_of(text.substr(5, 2));
  if (std::min({red, green, blue}) < 0) return std::nullopt;
  return Color{static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green), static_cast<std::uint8_t>(blue)};
}

std::string Color::text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "#";
  for (const unsigned channel : {red, green, blue}) (out += kDigits[channel / 16]) += kDigits[channel % 16];
  return out;
}

double contrast(const Color& a, const Color& b) {
  const auto [darker, lighter] = std::minmax({luminance(a), luminance(b)});
  return (lighter + 0.05) / (darker + 0.05);
}

Color mix(const Color& first, const Color& second, double share) {
  return {mixed(first.red, second.red, share), mixed(first.green, second.green, share), mixed(first.blue, second.blue, share)};
}

std::string ratio_text(double ratio) {
  const auto hundredths = static_cast<int>(ratio * 100 + 1e-6);  // 3.09 * 100 is a little less than 309
  const auto rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") + rest + ":1";
}

}  // namespace rekey
