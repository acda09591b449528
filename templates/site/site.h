// All that the edge serves besides the API, and how it is handed over: as files, and as one ES module, site.js, that the Worker
// imports.
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
  std::string openapi;  // JSON text with {{auth_prefix}} and {{password_min_length}} where the settings belong
};

// The module exports `languages` (array of tags), `pages` ("login.en" -> HTML), `assets` (path -> {type, body}; body is a string,
// or a Uint8Array for the wasm module) and `openapi` (text).
std::string site_module(const Site& site);

// Writes <page>.<language>.html, assets/..., openapi.json and site.js. Assets of an earlier build go.
void write_site(const Site& site, const std::filesystem::path& folder);

}  // namespace rekey
