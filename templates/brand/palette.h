// A brand's two colours for the light and the dark scheme, the rules of contrast that they must meet (WCAG 2.2 AA), and the style
// rules that put them on the pages. All other colours are those of templates/pages/pages.css.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "templates/brand/color.h"

namespace rekey {

struct SchemeColors {
  Color accent;      // links, buttons, the ring around what has the focus
  Color background;  // around the sheet

  bool operator==(const SchemeColors&) const = default;
};

// Without a brand: as pages.css has them.
struct Palette {
  SchemeColors light{{0x1f, 0x5f, 0xbf}, {0xf3, 0xf5, 0xf8}};
  SchemeColors dark{{0x8c, 0xb7, 0xfa}, {0x12, 0x16, 0x1c}};

  bool operator==(const Palette&) const = default;
};

// A pair of colours that is too close. `key` is that of the brand's file, "colors.light.accent".
struct WeakContrast {
  std::string key;
  std::string what;  // both colours, their contrast and the least one
};

std::vector<WeakContrast> find_weak_contrasts(const Palette& palette);

// The colours of one scheme on the pages. `sheet` is given; text on the accent has its colour.
struct PageColors {
  Color ground;
  Color sheet;
  Color accent;
  Color accent_strong;  // hovered links and buttons
  Color accent_wash;    // behind a hovered quiet button
};
PageColors light_colors(const Palette& palette);
PageColors dark_colors(const Palette& palette);

// Returns: rules for the end of pages.css.
std::string style_rules(const Palette& palette);

}  // namespace rekey
