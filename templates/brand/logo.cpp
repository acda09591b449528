#include "templates/brand/logo.h"

#include <algorithm>
#include <cmath>

#include "shared/codec/ascii.h"
#include "templates/site/assets.h"

namespace rekey {
namespace {

constexpr int kHeight = 32;
constexpr int kMostWidth = 160;  // half of the narrowest screen: the name stands beside it

std::string format_of(std::string_view file_name) {
  for (const std::string_view format : {".svg", ".png"}) {
    if (to_lower(file_name).ends_with(format)) return std::string(format);
  }
  return "";
}

int pixels(double length) { return std::max(1, static_cast<int>(std::lround(length))); }

void fit(const LogoShape& shape, Logo& logo) {
  const double ratio = shape.width / shape.height;
  logo.width = std::min(pixels(kHeight * ratio), kMostWidth);
  logo.height = std::min(pixels(logo.width / ratio), kHeight);
}

bool is_fit_to_show(const LogoShape& shape) {
  return shape.width > 0 && shape.height > 0 && shape.width <= shape.height * kWidestLogo &&
         shape.height <= shape.width * kTallestLogo;
}

}  // namespace

std::optional<Logo> Logo::parse(std::string_view file_name, std::string body, std::string& fault) {
  const auto format = format_of(file_name);
  if (format.empty()) fault = "must be a file *.svg or *.png";
  if (!format.empty() && body.size() > kMaxLogoSize) fault = "must have at most 128 KiB";
  if (!fault.empty()) return std::nullopt;
  const auto shape = format == ".svg" ? measure_svg(body, fault) : measure_png(body, fault);
  if (shape && !is_fit_to_show(*shape)) fault = "must be at most 10 times as wide as high, and at most 4 times as high as wide";
  if (!shape || !fault.empty()) return std::nullopt;
  Logo logo;
  logo.name = "logo" + format;
  logo.path = asset_path(logo.name, body);
  logo.body = std::move(body);
  fit(*shape, logo);
  return logo;
}

}  // namespace rekey
