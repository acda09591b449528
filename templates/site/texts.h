// The sentences of the API's answers, for people, in one language: those of the phrases `api.`. The edge's module writes the
// English ones; its host puts these in their place (edge/host/texts.js).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "shared/phrase_book.h"

namespace rekey {

inline constexpr std::string_view kApiPrefix = "api.";

using Sentences = std::map<std::string, std::string>;  // by the module's own

// In: the phrases of the fallback language without a brand, which are the module's, and a language's own.
// Returns: the sentences that differ.
Sentences api_sentences(const PhraseBook& module, const PhraseBook& language);

}  // namespace rekey
