// Reads the tests' data files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rekey_test {

// In: a path under the repository.
// Throws: std::runtime_error where it can't be read.
std::string read_file(const std::filesystem::path& path);

// Returns: the folder's regular files of this extension ("" for any), by name.
std::vector<std::filesystem::path> list_files(const std::filesystem::path& folder, const std::string& extension);

}  // namespace rekey_test
