// The applications that may open the links of mails, as their systems read them from the site: settings become the varying parts
// of templates/apple-app-site-association.json (Apple, "Supporting associated domains") and templates/assetlinks.json (Digital
// Asset Links). Both name the pages of a reset and of its cancellation alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rekey::edge {

// In: IOS_APP_IDS: "ABCDE12345.com.example.app", several with commas between; "" for none.
// Returns: them as JSON strings with commas between; nothing for another text.
std::optional<std::string> ios_app_ids(std::string_view setting);

// In: ANDROID_APPS: "com.example.app=AB:CD:...", the package and the SHA-256 fingerprint of a certificate that signs it, several
// with commas between; a package with two certificates comes twice.
// Returns: a statement for each; nothing for another text.
std::optional<std::string> android_statements(std::string_view setting);

}  // namespace rekey::edge
