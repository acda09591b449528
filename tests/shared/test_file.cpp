#include "tests/shared/test_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rekey_test {
namespace {

const std::filesystem::path kRoot = REKEY_SOURCE_DIR;

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(kRoot / path, std::ios::binary);
  if (!file) throw std::runtime_error("can't read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> list_files(const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder)) {
    const auto& path = entry.path();
    if (entry.is_regular_file() && (extension.empty() || path.extension() == extension))
      found.push_back(folder / path.filename());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace rekey_test
