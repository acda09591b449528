// render_site TEMPLATES_DIR VERDICTS_WASM SWAGGER_UI_DIR OUT_DIR
// Builds the site that the edge serves: pages in every language, assets, the OpenAPI document, and site.js, which holds them all.
// If anything is missing it writes nothing but a line on stderr, with exit code 1.
#include <exception>
#include <iostream>

#include "templates/site/files.h"
#include "templates/site/site.h"

namespace {

using std::filesystem::path;

rekey::AssetSources load_assets(const path& pages, const path& verdicts, const path& swagger) {
  rekey::AssetSources sources;
  for (const auto& file : rekey::files_in(pages, {".js", ".css", ".svg"}))
    sources[file.filename().string()] = rekey::read_file(file);
  sources["verdicts.wasm"] = rekey::read_file(verdicts);
  for (const auto* name : {"swagger-ui-bundle.js", "swagger-ui.css"}) sources[name] = rekey::read_file(swagger / name);
  return sources;
}

rekey::PageTemplates load_templates(const path& pages) {
  rekey::PageTemplates templates;
  for (const auto& file : rekey::files_in(pages, {".html"})) templates[file.stem().string()] = rekey::read_file(file);
  return templates;
}

rekey::Site make_site(const path& templates, const path& verdicts, const path& swagger) {
  rekey::Site site;
  site.assets = rekey::name_assets(load_assets(templates / "pages", verdicts, swagger));
  site.openapi = rekey::read_file(templates / "openapi.json");
  const auto page_templates = load_templates(templates / "pages");
  for (const auto& language : rekey::load_languages(templates / "languages")) {
    site.languages.push_back(language.tag);
    rekey::render_pages(page_templates, language, site.assets, site.pages);
  }
  return site;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: render_site TEMPLATES_DIR VERDICTS_WASM SWAGGER_UI_DIR OUT_DIR\n";
    return 2;
  }
  try {
    rekey::write_site(make_site(argv[1], argv[2], argv[3]), argv[4]);
  } catch (const std::exception& error) {
    std::cerr << "render_site: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
