#include "templates/site/site.h"

#include "shared/codec/encoding.h"
#include "shared/codec/json_writer.h"
#include "templates/site/files.h"

namespace rekey {
namespace {

// JSON is JavaScript (ECMA-262, 2019), so a JSON text is a literal.
std::string literal(std::string_view text) { return JsonWriter().string(text).take(); }

std::string languages_literal(const std::vector<std::string>& languages) {
  JsonWriter json;
  json.begin_array();
  for (const auto& tag : languages) json.string(tag);
  return json.end_array().take();
}

std::string pages_literal(const Pages& pages) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, html] : pages) json.member(name, html);
  return json.end_object().take();
}

std::string assets_literal(const Assets& assets) {
  std::string out = "{\n";
  for (const auto& [name, asset] : assets) {
    out += literal(asset.path) + ": {type: " + literal(asset.type) + "},\n";
  }
  return out + "}";
}

}  // namespace

std::string site_module(const Site& site) {
  return "// Written by render_site from templates/. Not to be edited.\n"
         "export const languages = " +
         languages_literal(site.languages) +
         ";\n"
         "export const pages = " +
         pages_literal(site.pages) +
         ";\n"
         "/** @type {Record<string, {type: string}>} */\n"
         "export const assets = " +
         assets_literal(site.assets) +
         ";\n"
         "export const openapi = " +
         literal(site.openapi) + ";\n";
}

void write_site(const Site& site, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder / "public");
  for (const auto& [name, asset] : site.assets) write_file(folder / "public" / asset.path.substr(1), asset.body);
  for (const auto& [name, html] : site.pages) write_file(folder / (name + ".html"), html);
  write_file(folder / "openapi.json", site.openapi);
  write_file(folder / "site.js", site_module(site));
}

}  // namespace rekey
