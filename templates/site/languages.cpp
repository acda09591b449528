#include "templates/site/languages.h"

#include <algorithm>
#include <stdexcept>

#include "templates/site/files.h"
#include "templates/site/texts.h"

namespace rekey {
namespace {

constexpr std::string_view kPagePrefix = "page.";

Language load_language(const std::filesystem::path& file) {
  auto phrases = PhraseBook::parse(read_file(file));
  if (!phrases) throw std::runtime_error("not a file of phrases: " + file.string());
  return {file.stem().string(), std::move(phrases).value()};
}

void require_phrases_of(const Language& model, const Language& language) {
  for (const auto& [key, text] : model.phrases.all()) {
    if ((key.starts_with(kPagePrefix) || key.starts_with(kApiPrefix)) && language.phrases.find(key) == nullptr) {
      throw std::runtime_error("language " + language.tag + " lacks the phrase " + key + ", which " + model.tag + " has");
    }
  }
}

bool comes_before(const Language& a, const Language& b) {
  const bool a_first = a.tag == kFallbackLanguage;
  const bool b_first = b.tag == kFallbackLanguage;
  return a_first != b_first ? a_first : a.tag < b.tag;
}

}  // namespace

std::vector<Language> load_phrase_files(const std::filesystem::path& folder) {
  std::vector<Language> languages;
  for (const auto& file : files_in(folder, {".txt"})) languages.push_back(load_language(file));
  return languages;
}

std::vector<Language> load_languages(const std::filesystem::path& folder) {
  auto languages = load_phrase_files(folder);
  std::sort(languages.begin(), languages.end(), comes_before);
  if (languages.empty() || languages.front().tag != kFallbackLanguage)
    throw std::runtime_error("no en.txt in " + folder.string());
  for (const auto& language : languages) {
    require_phrases_of(languages.front(), language);
    require_phrases_of(language, languages.front());
  }
  return languages;
}

}  // namespace rekey
