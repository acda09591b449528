// Renders templates/pages/*.html, each inside layout.html, in one language.
#pragma once

#include <map>
#include <string>

#include "templates/site/assets.h"
#include "templates/site/languages.h"

namespace rekey {

using PageTemplates = std::map<std::string, std::string, std::less<>>;  // page name, or "layout" -> Mustache text
using Pages = std::map<std::string, std::string, std::less<>>;          // "login.en" -> HTML

// A template sees: every phrase of the language by its key; `language`; `asset_<file name with _ for . and ->`; `is_<page>`,
// which is empty on every other page; in the layout also `title`, `content`, `script` and `script_phrases`. The placeholders
// {{product_name}} and {{password_min_length}} stay in the page: the running edge fills them. Throws: std::runtime_error for a
// template with an unknown name.
void render_pages(const PageTemplates& templates, const Language& language, const Assets& assets, Pages& out);

}  // namespace rekey
