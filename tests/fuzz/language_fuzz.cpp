// Any header chooses one of the available languages, and always the same one.
#include <algorithm>

#include "shared/language.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kAvailable[] = {"en", "de", "de-at", "zh-hant"};
  const std::string_view header = rekey_fuzz::as_text(data, size);
  const std::string_view chosen = rekey::choose_language(header, kAvailable);
  must(std::find(std::begin(kAvailable), std::end(kAvailable), chosen) != std::end(kAvailable));
  must(rekey::choose_language(header, kAvailable) == chosen);
  must(rekey::choose_language(header, std::span(kAvailable).first(1)) == "en");
  return 0;
}
