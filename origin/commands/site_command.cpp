#include "origin/commands/commands.h"
#include "origin/settings/brand_setting.h"
#include "templates/folders.h"
#include "templates/site/render_site.h"

namespace rekey {
namespace {

// Why: BRAND_DIR may be in a file that this user's programs do not read.
std::string brand_words(const std::string& folder) {
  return folder.empty() ? "without a brand: BRAND_DIR is empty" : "with the brand of " + folder;
}

}  // namespace

int make_site(SettingTexts& texts, const CommandLine& line, std::ostream& out) {
  const auto brand = require_brand(texts);
  SettingsReader reader(texts);
  const auto parts = line.has("--parts") ? std::filesystem::path(line.text("--parts")) : default_site_parts_folder();
  auto site = render_site(read_templates_folder(reader), parts, brand);
  site.version = REKEY_VERSION;
  const auto folder = line.text("FOLDER");
  write_site(site, folder);
  out << "wrote " << site.pages.size() << " pages and " << site.assets.size() << " assets to " << folder << ", "
      << brand_words(reader.text("BRAND_DIR")) << "\n";
  return 0;
}

}  // namespace rekey
