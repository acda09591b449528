#include "tests/origin/account_files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rekey::test {
namespace {

const std::filesystem::path kSource = REKEY_SOURCE_DIR;

// The GRANTs of the adopters' files name it. Several clusters and several processes may make it.
constexpr const char* kRole =
    "DO $$ BEGIN CREATE ROLE rekey_origin LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n";

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + " can't be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::string accounts_under_test() {
  const char* name = std::getenv("REKEY_TEST_ACCOUNTS");
  return name == nullptr ? "" : name;
}

std::string rights_script() { return kRole + read(kSource / "templates/accounts/rights.sql"); }

std::string adopters_script(const std::string& name) { return kRole + read(kSource / "templates/accounts" / (name + ".sql")); }

std::string account_script(const std::string& name) {
  if (name.empty()) return "";
  const auto adopters = kSource / "templates/accounts" / (name + ".sql");
  return kRole + read(kSource / "tests/origin/accounts" / (name + ".sql")) +
         (std::filesystem::exists(adopters) ? read(adopters) : "");
}

}  // namespace rekey::test
