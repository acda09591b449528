#include "templates/folders.h"

namespace rekey {
namespace {

std::filesystem::path shared_folder() {
  return std::filesystem::canonical("/proc/self/exe").parent_path().parent_path() / "share/rekey";
}

}  // namespace

std::filesystem::path default_templates_folder() { return shared_folder() / "templates"; }
std::filesystem::path default_site_parts_folder() { return shared_folder() / "site"; }

}  // namespace rekey
