#include "templates/site/site.h"

#include <stdexcept>

#include "shared/codec/json_writer.h"
#include "templates/site/files.h"

namespace rekey {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDocument = "site.json";
constexpr std::string_view kAssets = "assets";

void write_languages(const Site& site, JsonWriter& json) {
  json.key("languages").begin_array();
  for (const auto& tag : site.languages) json.string(tag);
  json.end_array();
}

void write_pages(const Site& site, JsonWriter& json) {
  json.key("pages").begin_object();
  for (const auto& [name, html] : site.pages) json.member(name, html);
  json.end_object();
}

void write_assets(const Site& site, JsonWriter& json) {
  json.key("assets").begin_object();
  for (const auto& [name, asset] : site.assets) json.key(asset.path).begin_object().member("type", asset.type).end_object();
  json.end_object();
}

void write_texts(const Site& site, JsonWriter& json) {
  json.key("texts").begin_object();
  for (const auto& [tag, sentences] : site.texts) {
    json.key(tag).begin_object();
    for (const auto& [own, text] : sentences) json.member(own, text);
    json.end_object();
  }
  json.end_object();
}

// A mistyped folder must not lose its files.
void require_site_or_nothing(const fs::path& folder) {
  if (!fs::exists(folder) || fs::is_empty(folder) || fs::exists(folder / kDocument)) return;
  throw std::runtime_error(folder.string() + " holds other files than a site: name a new or an empty folder");
}

std::string document_before(const fs::path& folder) {
  return fs::exists(folder / kDocument) ? read_file(folder / kDocument) : "";
}

void delete_old_assets(const fs::path& folder, const std::string& now, const std::string& before) {
  for (const auto& entry : fs::directory_iterator(folder / kAssets)) {
    const auto quoted = "\"/" + std::string(kAssets) + "/" + entry.path().filename().string() + "\"";
    if (now.find(quoted) == now.npos && before.find(quoted) == before.npos) fs::remove(entry.path());
  }
}

}  // namespace

std::string site_document(const Site& site) {
  JsonWriter json;
  json.begin_object().member("version", site.version);
  if (!site.product_name.empty()) json.member("product_name", site.product_name);
  write_languages(site, json);
  write_pages(site, json);
  write_assets(site, json);
  write_texts(site, json);
  json.member("openapi", site.openapi).member("password_policy", site.password_policy);
  json.member("apple_app_site_association", site.apple_app_site_association).member("assetlinks", site.assetlinks);
  return json.end_object().take() + "\n";
}

void write_site(const Site& site, const fs::path& folder) {
  require_site_or_nothing(folder);
  const auto before = document_before(folder);
  const auto now = site_document(site);
  for (const auto& [name, asset] : site.assets) write_file(folder / asset.path.substr(1), asset.body);
  write_file(folder / kDocument, now);
  delete_old_assets(folder, now, before);
}

}  // namespace rekey
