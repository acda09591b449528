// Renders templates/pages/*.html, each inside layout.html, in one language.
#pragma once

#include <map>
#include <string>

#include "templates/brand/brand.h"
#include "templates/site/assets.h"
#include "templates/site/languages.h"

namespace rekey {

using PageTemplates = std::map<std::string, std::string, std::less<>>;  // page name, or "layout" -> Mustache text
using Pages = std::map<std::string, std::string, std::less<>>;          // "login.en" -> HTML

struct PageLogo {
  std::string path;
  int width = 0;  // CSS pixels
  int height = 0;
};

// What the pages of one language have in common.
struct PageFrame {
  const Language& language;
  PageLogo logo;
  BrandLinks links;
};

// A template sees: every phrase of the language by its key; `language`; `asset_<file name with _ for . and ->`; `is_<page>`,
// which is empty on every other page; `logo`, `logo_width` and `logo_height`; `help_link` and `privacy_link`, each "" for none,
// and `links`, "" for neither; in the layout also `title`, `content`, `script` and `script_phrases`. The running edge fills
// {{product_name}}, {{password_min_length}} and {{login_url}}, which stay in the page. It also keeps or drops what stands between
// {{if_login_url}} or {{unless_login_url}} and {{end_login_url}}; the same with `accounts` and `recovery_off`. Throws:
// std::runtime_error for a template with an unknown name.
void render_pages(const PageTemplates& templates, const PageFrame& frame, const Assets& assets, Pages& out);

}  // namespace rekey
