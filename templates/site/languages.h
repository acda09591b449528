// The languages that pages are rendered in: one file each, templates/languages/<tag>.txt. A file more is a language more.
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

// Returns: all languages, the fallback first, then by tag.
// Throws: std::runtime_error for a file that can't be read as phrases, a language that lacks a phrase of the pages or has one
// that the fallback has not, or where the fallback itself is missing. The text names the file and the key.
std::vector<Language> load_languages(const std::filesystem::path& folder);

}  // namespace rekey
