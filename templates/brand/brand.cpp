#include "templates/brand/brand.h"

#include "shared/codec/ascii.h"

namespace rekey {

BrandLinks Brand::links_in(std::string_view language) const {
  auto all = links;
  const auto own = links_by_language.find(to_lower(language));
  if (own == links_by_language.end()) return all;
  if (!own->second.help.empty()) all.help = own->second.help;
  if (!own->second.privacy.empty()) all.privacy = own->second.privacy;
  return all;
}

void Brand::apply(std::string_view language, PhraseBook& book) const {
  const auto own = phrases.find(to_lower(language));
  if (own == phrases.end()) return;
  for (const auto& [key, text] : own->second.all()) book.replace(key, text);
}

}  // namespace rekey
