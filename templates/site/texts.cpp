#include "templates/site/texts.h"

namespace rekey {

Sentences api_sentences(const PhraseBook& module, const PhraseBook& language) {
  Sentences sentences;
  for (const auto& [key, own] : module.all()) {
    const auto* text = key.starts_with(kApiPrefix) ? language.find(key) : nullptr;
    if (text != nullptr && *text != own) sentences[own] = *text;
  }
  return sentences;
}

}  // namespace rekey
