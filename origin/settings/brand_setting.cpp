#include "origin/settings/brand_setting.h"

#include <span>
#include <stdexcept>

#include "templates/brand/brand_file.h"
#include "templates/folders.h"

namespace rekey {
namespace {

LoadedBrand load(const std::filesystem::path& folder, const std::filesystem::path& templates) {
  try {
    return load_brand(folder, load_phrase_books(templates / "languages"));
  } catch (const std::runtime_error& error) {
    return {{}, {std::string("can't be checked: ") + error.what()}};
  }
}

}  // namespace

std::filesystem::path read_templates_folder(SettingsReader& reader) {
  const auto folder = reader.text("TEMPLATES_DIR");
  return folder.empty() ? default_templates_folder() : std::filesystem::path(folder);
}

Brand read_brand(SettingsReader& reader) {
  const auto folder = reader.text("BRAND_DIR");
  if (folder.empty()) return {};
  auto loaded = load(folder, read_templates_folder(reader));
  for (const auto& fault : loaded.faults) reader.refuse("BRAND_DIR:", fault);
  return std::move(loaded.brand);
}

std::string read_product_name(SettingsReader& reader, const Brand& brand) {
  auto name = reader.text("PRODUCT_NAME");
  if (brand.name.empty()) return name;
  if (reader.was_chosen("PRODUCT_NAME") && name != brand.name)
    reader.refuse("PRODUCT_NAME", "contradicts the name in BRAND_DIR: set only one of them");
  return brand.name;
}

Brand require_brand(SettingTexts& texts) {
  const auto before = texts.problems.size();
  SettingsReader reader(texts);
  auto brand = read_brand(reader);
  read_product_name(reader, brand);
  std::string faults;
  for (const auto& problem : std::span(texts.problems).subspan(before)) faults += (faults.empty() ? "" : "\n") + problem;
  if (!faults.empty()) throw std::runtime_error(faults);
  return brand;
}

}  // namespace rekey
