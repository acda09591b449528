// Reads and writes whole files, for the site and a brand.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace rekey {

// Each throws: std::runtime_error or std::filesystem::filesystem_error, which names the path.
std::string read_file(const std::filesystem::path& file);
// Puts the whole file into its place in one step: a reader gets the old content or the new one.
void write_file(const std::filesystem::path& file, std::string_view content);

// Returns: the files of a folder that have one of these extensions, sorted by name.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::initializer_list<std::string_view> extensions);

}  // namespace rekey
