#include "templates/site/assets.h"

#include <set>
#include <stdexcept>

#include "shared/codec/encoding.h"
#include "shared/sha256.h"

namespace rekey {
namespace {

constexpr std::size_t kHashDigits = 16;  // 64 bits: names must differ between builds; a collision is of no use to an attacker

std::string_view extension(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::string media_type(std::string_view name) {
  static const std::map<std::string_view, std::string> types = {{"js", "text/javascript; charset=utf-8"},
                                                                {"css", "text/css; charset=utf-8"},
                                                                {"svg", "image/svg+xml"},
                                                                {"png", "image/png"},
                                                                {"wasm", "application/wasm"}};
  const auto found = types.find(extension(name));
  if (found == types.end()) throw std::runtime_error("no media type for " + std::string(name));
  return found->second;
}

std::string hashed_name(std::string_view name, std::string_view body) {
  const auto stem = name.substr(0, name.rfind('.'));
  const auto hash = to_hex(sha256({as_bytes(body)})).substr(0, kHashDigits);
  return std::string(stem) + "." + hash + "." + std::string(extension(name));
}

class Namer {
 public:
  explicit Namer(const AssetSources& sources) : sources_(sources) {}

  Assets name_all() {
    for (const auto& [name, body] : sources_) asset(name);
    return std::move(assets_);
  }

 private:
  const Asset& asset(const std::string& name) {
    const auto done = assets_.find(name);
    if (done != assets_.end()) return done->second;
    if (!open_.insert(name).second) throw std::runtime_error("assets refer to each other in a cycle: " + name);
    auto body = resolve_references(sources_.find(name)->second, extension(name));
    auto path = asset_path(name, body);
    return assets_.emplace(name, Asset{std::move(path), media_type(name), std::move(body)}).first->second;
  }

  std::string resolve_references(const std::string& text, std::string_view kind) {
    if (kind != "js") return text;
    static constexpr std::string_view opening = "\"./";
    std::string out;
    std::size_t from = 0;
    for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, from)) {
      const auto begin = at + opening.size();
      const auto end = text.find('"', begin);
      if (end == std::string::npos) break;
      out.append(text, from, begin - from).append(final_name(text.substr(begin, end - begin)));
      from = end;
    }
    return out.append(text, from);
  }

  std::string final_name(const std::string& name) {
    if (!sources_.contains(name)) return name;
    const auto& path = asset(name).path;
    return path.substr(path.rfind('/') + 1);
  }

  const AssetSources& sources_;
  Assets assets_;
  std::set<std::string> open_;
};

}  // namespace

std::string asset_path(std::string_view name, std::string_view body) { return "/assets/" + hashed_name(name, body); }

Assets name_assets(const AssetSources& sources) { return Namer(sources).name_all(); }

bool is_text(std::string_view media_type) { return media_type.substr(0, 5) == "text/" || media_type == "image/svg+xml"; }

}  // namespace rekey
