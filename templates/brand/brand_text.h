// The two formats of a brand's folder, as texts: brand.json, and the phrases of one language in the format of
// templates/languages. Both report every fault, each as `key: what is wrong`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "templates/brand/brand.h"

namespace rekey {

inline constexpr std::size_t kMaxBrandName = 60;       // bytes; part of subject lines
inline constexpr std::size_t kMaxBrandLink = 500;      // bytes
inline constexpr std::size_t kMaxBrandPhrase = 1'000;  // bytes
inline constexpr std::size_t kMaxPhrasesFile = 128 * 1024;

using Faults = std::vector<std::string>;
using PhraseBooks = std::map<std::string, PhraseBook, std::less<>>;  // by language, lower case

struct BrandText {
  Brand brand;            // without logo and phrases
  std::string logo_file;  // its name; "" for none
};

// In: the text of brand.json: name, logo, colors {light, dark: {accent, background}}, links {help, privacy, <language>: {help,
// privacy}}; each may be missing. The known languages, for the links. Returns: what was right; faults are appended.
BrandText parse_brand(std::string_view json, const PhraseBooks& known, Faults& faults);

// In: lines `key = text`; `own`, the language's phrases. A key must be one of `own`, and a text have the same tags, so that it
// says as much. Returns: the right ones; faults are appended.
PhraseBook parse_brand_phrases(std::string_view text, const PhraseBook& own, Faults& faults);

}  // namespace rekey
