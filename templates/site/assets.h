// The files that pages load (styles, scripts, the module), each under a path that holds a hash of its content: a browser may keep
// them for ever, and a new build never meets an old file. Used by render_site alone.
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

// A script names another asset as "./name" in double quotes; that is replaced by the final name, so a hash covers all it leads
// to. Throws: std::runtime_error for a file of unknown kind, or for scripts that import each other in a circle.
Assets name_assets(const AssetSources& sources);

bool is_text(std::string_view media_type);

}  // namespace rekey
