// A brand's logo, an SVG or PNG file of its folder: checked, measured, and named by its content as all assets are. Pages show it
// by <img> from this site, where neither scripts nor references to other sites work; an SVG with such is refused all the same,
// since its address can also be opened by itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace rekey {

inline constexpr std::size_t kMaxLogoSize = 128 * 1024;  // bytes: each visitor loads it
inline constexpr double kWidestLogo = 10;                // times its height: a wider one would be too low to read
inline constexpr double kTallestLogo = 4;                // times its width

// Of the picture itself, in any unit.
struct LogoShape {
  double width = 0;
  double height = 0;
};

// Each returns the shape, or a reason in `fault`.
// SVG: well-formed tags of shapes, texts and gradients alone; no script, handler, link, animation, foreign content, DOCTYPE or
// reference to another file; a size or a viewBox.
std::optional<LogoShape> measure_svg(std::string_view text, std::string& fault);
// PNG (ISO/IEC 15948): whole chunks from IHDR to IEND, and nothing after them. Does not decode the pixels.
std::optional<LogoShape> measure_png(std::string_view bytes, std::string& fault);

struct Logo {
  std::string name;  // of the asset: "logo.svg" or "logo.png"
  std::string body;
  std::string path;  // "/assets/logo.0123456789abcdef.svg"
  int width = 0;     // CSS pixels, in which pages and mails show it
  int height = 0;

  bool is_png() const { return name.ends_with(".png"); }

  // In: the name of its file, which decides on the format. Returns: nothing for a picture that may not be used, and why in
  // `fault`.
  static std::optional<Logo> parse(std::string_view file_name, std::string body, std::string& fault);
};

}  // namespace rekey
