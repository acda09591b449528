// The languages of the pages, one per file templates/languages/<tag>.txt. Adding a file adds a language.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "shared/phrase_book.h"

namespace rekey {

struct Language {
  std::string tag;  // BCP 47, lower case
  PhraseBook phrases;
};

inline constexpr std::string_view kFallbackLanguage = "en";

// Returns: the files' languages, by tag. Throws: std::runtime_error for a file that does not parse.
std::vector<Language> load_phrase_files(const std::filesystem::path& folder);

// Returns: all languages, the fallback first, then by tag.
// Throws: std::runtime_error for a file that does not parse, a language whose phrases of the pages or of the API are not those of
// the fallback, or a missing fallback. The text names the file, or language and key.
std::vector<Language> load_languages(const std::filesystem::path& folder);

}  // namespace rekey
