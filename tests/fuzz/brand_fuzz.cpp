// Whatever the bytes of a brand's files are: parsing ends, names a fault or gives a brand that keeps the promises of its headers.
// An accepted SVG holds nothing that runs or loads.
#include <algorithm>

#include "shared/codec/ascii.h"
#include "templates/brand/brand_text.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

namespace {

const rekey::PhraseBooks& known() {
  static const rekey::PhraseBooks books = [] {
    rekey::PhraseBooks made;
    made["en"].add("mail.reset.subject", "Reset your {{product_name}} password");
    made["en"].add("mail.common.greeting", "Hello{{#username}} {{username}}{{/username}},");
    made["en"].add("page.direction", "ltr");
    return made;
  }();
  return books;
}

void try_brand(std::string_view text) {
  rekey::Faults faults;
  const auto [brand, logo] = rekey::parse_brand(text, known(), faults);
  must(logo.find('/') == logo.npos && !logo.starts_with('.'));
  if (!faults.empty()) return;
  must(brand.name.size() <= rekey::kMaxBrandName && find_weak_contrasts(brand.palette).empty());
  for (const auto& link : {brand.links_in("en").help, brand.links_in("en").privacy})
    must(link.empty() || link.starts_with("https://") || link.starts_with("mailto:"));
}

void try_phrases(std::string_view text) {
  rekey::Faults faults;
  const auto& own = known().at("en");
  const auto book = rekey::parse_brand_phrases(text, own, faults);
  for (const auto& [key, phrase] : book.all()) {
    must(own.find(key) != nullptr && !phrase.empty());
    if (key == "mail.reset.subject") must(phrase.find("{{product_name}}") != phrase.npos);
    if (key == "mail.common.greeting") must(phrase.find("{{#username}}") < phrase.find("{{username}}"));
  }
}

void try_logo(std::string_view text) {
  std::string fault;
  const auto svg = rekey::measure_svg(text, fault);
  must(svg.has_value() == fault.empty());
  if (svg) {
    const auto lower = rekey::to_lower(text.substr(0, text.find("<!--")));
    must(lower.find("<script") == lower.npos && lower.find("<!doctype") == lower.npos &&
         lower.find("<foreignobject") == lower.npos);
  }
  fault.clear();
  must(rekey::measure_png(text, fault).has_value() == fault.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = rekey_fuzz::as_text(data, size);
  try_brand(text);
  try_phrases(text);
  try_logo(text);
  return 0;
}
