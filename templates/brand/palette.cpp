#include "templates/brand/palette.h"

namespace rekey {
namespace {

// WCAG 2.2: 1.4.3 for text, 1.4.11 for the ring around what has the focus.
constexpr double kLeastForText = 4.5;
constexpr double kLeastForRing = 3;

// As pages.css and the mails have them.
struct Given {
  std::string_view scheme;
  Color sheet;
  Color soft;      // the fainter of the two colours of text, also below the sheet
  Color farthest;  // what accents are mixed with to stand out more
};
constexpr Given kLight{"light", {0xff, 0xff, 0xff}, {0x50, 0x5b, 0x6b}, {0, 0, 0}};
constexpr Given kDark{"dark", {0x1b, 0x21, 0x2a}, {0xab, 0xb5, 0xc3}, {0xff, 0xff, 0xff}};

constexpr double kStrong = 0.25;
constexpr double kWash = 0.1;

class Judge {
 public:
  Judge(const Given& given, std::vector<WeakContrast>& found) : given_(given), found_(found) {}

  void compare(std::string_view key, const Color& brand, const std::string& other_name, const Color& other, double least) {
    const double ratio = contrast(brand, other);
    if (ratio >= least) return;
    found_.push_back({"colors." + std::string(given_.scheme) + "." + std::string(key),
                      brand.text() + " and " + other_name + " " + other.text() + " have a contrast of " + ratio_text(ratio) +
                          ", and need " + ratio_text(least)});
  }

 private:
  const Given& given_;
  std::vector<WeakContrast>& found_;
};

void judge(const Given& given, const SchemeColors& colors, std::vector<WeakContrast>& found) {
  Judge scheme(given, found);
  scheme.compare("accent", colors.accent, "the sheet", given.sheet, kLeastForText);
  scheme.compare("background", colors.background, "the text below the sheet", given.soft, kLeastForText);
  scheme.compare("background", colors.background, "the accent", colors.accent, kLeastForRing);
}

PageColors page_colors(const Given& given, const SchemeColors& colors) {
  return {colors.background, given.sheet, colors.accent, mix(colors.accent, given.farthest, kStrong),
          mix(given.sheet, colors.accent, kWash)};
}

std::string rules_of(const PageColors& colors) {
  return "--ground: " + colors.ground.text() + "; --accent: " + colors.accent.text() +
         "; --accent-strong: " + colors.accent_strong.text() + "; --on-accent: " + colors.sheet.text() +
         "; --accent-wash: " + colors.accent_wash.text() + ";";
}

}  // namespace

std::vector<WeakContrast> find_weak_contrasts(const Palette& palette) {
  std::vector<WeakContrast> found;
  judge(kLight, palette.light, found);
  judge(kDark, palette.dark, found);
  return found;
}

PageColors light_colors(const Palette& palette) { return page_colors(kLight, palette.light); }
PageColors dark_colors(const Palette& palette) { return page_colors(kDark, palette.dark); }

std::string style_rules(const Palette& palette) {
  return ":root { " + rules_of(light_colors(palette)) + " }\n@media (prefers-color-scheme: dark) {\n  :root { " +
         rules_of(dark_colors(palette)) + " }\n}\n";
}

}  // namespace rekey
