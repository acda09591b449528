// Whole files in and out, for the build tool.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

// Throws, each of them: std::runtime_error or std::filesystem::filesystem_error that names the path.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view content);

// Returns: the files of a folder that have one of these extensions, sorted by name.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::initializer_list<std::string_view> extensions);

}  // namespace rekey
