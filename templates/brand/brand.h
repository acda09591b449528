// An operator's brand: what replaces Rekey's own name, look and words, on the pages and in the mails. Read from the folder
// BRAND_DIR by brand_file.h; the default is Rekey without a brand.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "shared/phrase_book.h"
#include "templates/brand/logo.h"
#include "templates/brand/palette.h"

namespace rekey {

// URLs, https or mailto; "" for none.
struct BrandLinks {
  std::string help;
  std::string privacy;
};

struct Brand {
  std::string name;  // "" for PRODUCT_NAME
  std::optional<Logo> logo;
  Palette palette;
  BrandLinks links;
  std::map<std::string, BrandLinks, std::less<>> links_by_language;  // where given, instead of `links`; tags in lower case
  std::map<std::string, PhraseBook, std::less<>> phrases;            // by language; only those that it replaces

  // In: a language's tag.
  BrandLinks links_in(std::string_view language) const;
  // Puts the brand's phrases in the place of the language's own.
  void apply(std::string_view language, PhraseBook& book) const;
};

}  // namespace rekey
