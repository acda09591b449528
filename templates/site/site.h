// The site that the edge serves besides the API, written as files and as one ES module, site.js, which the Worker imports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "templates/site/assets.h"
#include "templates/site/pages.h"

namespace rekey {

struct Site {
  std::vector<std::string> languages;  // the first is the fallback
  Assets assets;
  Pages pages;
  std::string openapi;  // JSON text with the placeholders {{auth_prefix}} and {{password_min_length}}
};

// The module exports `languages` (array of tags), `pages` ("login.en" -> HTML), `assets` (path -> {type}; their bytes are files)
// and `openapi` (text).
std::string site_module(const Site& site);

// Writes <page>.<language>.html, public/assets/..., openapi.json and site.js. Deletes the assets of an earlier build.
void write_site(const Site& site, const std::filesystem::path& folder);

}  // namespace rekey
