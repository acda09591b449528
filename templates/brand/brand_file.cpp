#include "templates/brand/brand_file.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "shared/codec/ascii.h"
#include "templates/site/files.h"
#include "templates/site/languages.h"

namespace rekey {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBrandFile = "brand.json";
constexpr std::string_view kLanguages = "languages";

// Puts the file's name before each fault that was found in it.
class FaultsOfFile {
 public:
  FaultsOfFile(std::string file, Faults& all) : file_(std::move(file)), all_(all), begin_(all.size()) {}
  ~FaultsOfFile() {
    for (auto at = begin_; at < all_.size(); ++at) all_[at] = file_ + ": " + all_[at];
  }
  FaultsOfFile(const FaultsOfFile&) = delete;
  FaultsOfFile& operator=(const FaultsOfFile&) = delete;

 private:
  std::string file_;
  Faults& all_;
  std::size_t begin_;
};

std::string known_tags(const PhraseBooks& known) {
  std::string tags;
  for (const auto& [tag, book] : known) tags += (tags.empty() ? "" : ", ") + tag;
  return tags;
}

class Loader {
 public:
  Loader(const fs::path& folder, const PhraseBooks& known) : folder_(folder), known_(known) {}

  LoadedBrand load() {
    read_brand_file();
    read_languages();
    if (!out_.faults.empty()) out_.brand = Brand{};
    return std::move(out_);
  }

 private:
  // Reads no more than anyone may use. Returns: nothing if it can't be read, which is a fault.
  std::optional<std::string> read(const fs::path& file) {
    std::error_code error;
    const auto size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
    if (!error && size <= 16 * kMaxLogoSize) {
      std::ifstream in(file, std::ios::binary);
      std::string content{std::istreambuf_iterator<char>(in), {}};
      if (in.is_open() && !in.bad()) return content;
    }
    out_.faults.emplace_back("can't be read");
    return std::nullopt;
  }

  void read_brand_file() {
    BrandText text;
    {
      const FaultsOfFile of(std::string(kBrandFile), out_.faults);
      const auto json = read(folder_ / kBrandFile);
      if (!json) return;
      text = parse_brand(*json, known_, out_.faults);
    }
    out_.brand = std::move(text.brand);
    if (!text.logo_file.empty()) read_logo(text.logo_file);
  }

  void read_logo(const std::string& name) {
    const FaultsOfFile of(name, out_.faults);
    auto body = read(folder_ / name);
    std::string fault;
    if (body) out_.brand.logo = Logo::parse(name, std::move(*body), fault);
    if (!fault.empty()) out_.faults.push_back(fault);
  }

  void read_languages() {
    std::error_code none;
    if (!fs::exists(folder_ / kLanguages, none)) return;
    for (const auto& file : files_in(folder_ / kLanguages, {".txt"})) read_language(file);
  }

  void read_language(const fs::path& file) {
    const FaultsOfFile of(std::string(kLanguages) + "/" + file.filename().string(), out_.faults);
    const auto tag = to_lower(file.stem().string());
    const auto own = known_.find(tag);
    if (own == known_.end()) {
      out_.faults.push_back("there is no such language; known are " + known_tags(known_));
    } else if (const auto text = read(file)) {
      out_.brand.phrases[tag] = parse_brand_phrases(*text, own->second, out_.faults);
    }
  }

  const fs::path& folder_;
  const PhraseBooks& known_;
  LoadedBrand out_;
};

}  // namespace

LoadedBrand load_brand(const fs::path& folder, const PhraseBooks& known) {
  try {
    return Loader(folder, known).load();
  } catch (const fs::filesystem_error&) {
    return {{}, {std::string(kLanguages) + ": can't be read"}};
  }
}

PhraseBooks load_phrase_books(const fs::path& folder) {
  PhraseBooks books;
  for (auto& language : load_phrase_files(folder)) books[to_lower(language.tag)] = std::move(language.phrases);
  return books;
}

}  // namespace rekey
