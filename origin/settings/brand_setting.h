// The settings of the mails' and pages' look: TEMPLATES_DIR, BRAND_DIR and PRODUCT_NAME. Read by settings.h for all, and by the
// commands that need nothing else.
#pragma once

#include <filesystem>
#include <string>

#include "origin/settings/settings_source.h"
#include "templates/brand/brand.h"

namespace rekey {

std::filesystem::path read_templates_folder(SettingsReader& reader);

// Returns: the brand in BRAND_DIR; none if that is empty, or if the brand is refused: by each of its faults, which are not
// secrets.
Brand read_brand(SettingsReader& reader);

// Returns: the brand's name, else PRODUCT_NAME. Refuses two names that differ.
std::string read_product_name(SettingsReader& reader, const Brand& brand);

// For commands that go on without valid settings. Returns: as read_brand(). Throws: std::runtime_error with all faults of brand
// and name, a line each.
Brand require_brand(SettingTexts& texts);

}  // namespace rekey
