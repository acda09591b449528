#include "origin/commands/commands.h"
#include "origin/settings/brand_setting.h"
#include "templates/folders.h"
#include "templates/site/render_site.h"

namespace rekey {

int make_site(SettingTexts& texts, const CommandLine& line, std::ostream& out) {
  const auto brand = require_brand(texts);
  SettingsReader reader(texts);
  const auto parts = line.has("--parts") ? std::filesystem::path(line.text("--parts")) : default_site_parts_folder();
  const auto site = render_site(read_templates_folder(reader), parts, brand);
  const auto folder = line.text("FOLDER");
  write_site(site, folder);
  out << "wrote " << site.pages.size() << " pages and " << site.assets.size() << " assets to " << folder << "\n";
  return 0;
}

}  // namespace rekey
