// Renders the site that the edge serves besides the API: pages in every language, assets, the OpenAPI document. Used by
// `rekey-origin site`.
#pragma once

#include <filesystem>

#include "templates/brand/brand.h"
#include "templates/site/site.h"

namespace rekey {

// In: the folder of the templates (pages, languages, openapi.json), and that of the parts that are built: verdicts.wasm, the
// rules of shared/ for the browser, and swagger-ui-bundle.js and swagger-ui.css of swagger-ui-dist. Throws: std::runtime_error or
// std::filesystem::filesystem_error, which names what is missing.
Site render_site(const std::filesystem::path& templates, const std::filesystem::path& parts, const Brand& brand);

}  // namespace rekey
