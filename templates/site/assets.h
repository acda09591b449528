// The files that pages load (styles, scripts, the module), each under a path with a hash of its content: browsers may cache them
// for ever, and a new site never gets an old file.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rekey {

struct Asset {
  std::string path;  // "/assets/login.0123456789abcdef.js"
  std::string type;  // media type for Content-Type
  std::string body;
};

using AssetSources = std::map<std::string, std::string, std::less<>>;  // file name -> content
using Assets = std::map<std::string, Asset, std::less<>>;              // file name -> asset

// Returns: "/assets/login.0123456789abcdef.js".
std::string asset_path(std::string_view name, std::string_view body);

// A script names another asset as "./name" in double quotes; this is replaced by the final name, so a hash also covers the assets
// that a script refers to. Throws: std::runtime_error for an unknown file type, or for scripts that import each other in a cycle.
Assets name_assets(const AssetSources& sources);

bool is_text(std::string_view media_type);

}  // namespace rekey
