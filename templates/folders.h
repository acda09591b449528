// Where a program finds the files that come with it, as `cmake --install` and the build folder have them: beside its own folder.
#pragma once

#include <filesystem>

namespace rekey {

// Used where TEMPLATES_DIR is not set: `../share/rekey/templates`, seen from the folder of the running program.
std::filesystem::path default_templates_folder();

// The parts of the site that are built, not rendered (templates/site/render_site.h): `../share/rekey/site`.
std::filesystem::path default_site_parts_folder();

}  // namespace rekey
