// The site that the edge serves besides the API, as one folder: site.json, which the Worker reads when it starts, and the assets.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "templates/site/assets.h"
#include "templates/site/pages.h"
#include "templates/site/texts.h"

namespace rekey {

struct Site {
  std::string version;                 // of the program that writes it
  std::string product_name;            // of a brand, instead of PRODUCT_NAME; "" for none
  std::vector<std::string> languages;  // the first is the fallback
  Assets assets;
  Pages pages;
  std::map<std::string, Sentences> texts;  // by language
  // JSON texts with placeholders and sections for the edge.
  std::string openapi;
  std::string password_policy;
  std::string apple_app_site_association;
  std::string assetlinks;
};

// Returns: a JSON object of `version`, `languages` (array of tags), `pages` ("login.en" -> HTML), `assets` (path -> {type}; their
// bytes are files), `texts` (tag -> sentence -> sentence), the JSON texts by their names, and with a brand `product_name`.
std::string site_document(const Site& site);

// Writes assets/... and then site.json, which it replaces in one step. Keeps the assets of the site that was there before, which
// a running edge still serves, and deletes all older ones. Throws: std::runtime_error for a folder that holds other things than a
// site; it then changes nothing.
void write_site(const Site& site, const std::filesystem::path& folder);

}  // namespace rekey
