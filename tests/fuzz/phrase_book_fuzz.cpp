// Accepted phrases have keys and texts as the header promises, and written out again they read the same.
#include "shared/codec/utf8.h"
#include "shared/phrase_book.h"
#include "tests/fuzz/fuzz_target.h"

using rekey_fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto book = rekey::PhraseBook::parse(rekey_fuzz::as_text(data, size));
  if (!book) return 0;
  std::string written;
  for (const auto& [key, text] : book->all()) {
    must(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string::npos && !key.empty());
    must(rekey::find_text_fault(text) == rekey::TextFault::kNone);
    written += key + " = " + text + "\n";
  }
  const auto again = rekey::PhraseBook::parse(written);
  must(again && again->all() == book->all());
  return 0;
}
