// Reads a brand's folder: brand.json, the logo that it names, and languages/<tag>.txt. README.md, "Your look", describes it.
#pragma once

#include <filesystem>
#include <vector>

#include "templates/brand/brand_text.h"

namespace rekey {

struct LoadedBrand {
  Brand brand;    // only if there are no faults
  Faults faults;  // all of them, each as `file: key: what is wrong`
};

// In: the folder, and the phrases that it may replace.
LoadedBrand load_brand(const std::filesystem::path& folder, const PhraseBooks& known);

// In: a folder of languages/<tag>.txt. Throws: std::runtime_error, which names the file.
PhraseBooks load_phrase_books(const std::filesystem::path& folder);

}  // namespace rekey
