#include "templates/site/render_site.h"

#include <stdexcept>

#include "templates/site/files.h"
#include "templates/site/languages.h"

namespace rekey {
namespace {

using std::filesystem::path;

constexpr std::string_view kOwnLogo = "favicon.svg";

AssetSources load_assets(const path& pages, const path& parts) {
  AssetSources sources;
  for (const auto& file : files_in(pages, {".js", ".css", ".svg"})) sources[file.filename().string()] = read_file(file);
  sources["verdicts.wasm"] = read_file(parts / "verdicts.wasm");
  for (const std::string name : {"swagger-ui-bundle.js", "swagger-ui.css"})
    sources["docs-" + name] = read_file(parts / name);  // named after the page, for the edge
  return sources;
}

// Later rules win, so the brand's colours replace those of pages.css in the same file.
void put_brand_into(AssetSources& sources, const Brand& brand) {
  if (brand.palette != Palette{}) sources["pages.css"] += style_rules(brand.palette);
  if (!brand.logo) return;
  sources.erase(std::string(kOwnLogo));
  sources[brand.logo->name] = brand.logo->body;
}

PageTemplates load_templates(const path& pages) {
  PageTemplates templates;
  for (const auto& file : files_in(pages, {".html"})) templates[file.stem().string()] = read_file(file);
  return templates;
}

PageLogo logo_of(const Brand& brand, const Assets& assets) {
  if (brand.logo) return {brand.logo->path, brand.logo->width, brand.logo->height};
  const auto own = assets.find(kOwnLogo);
  if (own == assets.end()) throw std::runtime_error("no favicon.svg");
  return {own->second.path, 28, 28};
}

}  // namespace

Site render_site(const path& templates, const path& parts, const Brand& brand) {
  Site site;
  site.product_name = brand.name;
  auto sources = load_assets(templates / "pages", parts);
  put_brand_into(sources, brand);
  site.assets = name_assets(sources);
  site.openapi = read_file(templates / "openapi.json");
  site.password_policy = read_file(templates / "password-policy.json");
  site.apple_app_site_association = read_file(templates / "apple-app-site-association.json");
  site.assetlinks = read_file(templates / "assetlinks.json");
  const auto page_templates = load_templates(templates / "pages");
  auto languages = load_languages(templates / "languages");
  const auto module = languages.front().phrases;
  for (auto& language : languages) {
    brand.apply(language.tag, language.phrases);
    site.languages.push_back(language.tag);
    site.texts[language.tag] = api_sentences(module, language.phrases);
    render_pages(page_templates, {language, logo_of(brand, site.assets), brand.links_in(language.tag)}, site.assets, site.pages);
  }
  return site;
}

}  // namespace rekey
