// Everything that is no call of the API: pages in the reader's language, assets, the OpenAPI document, redirects, and what is
// nowhere.
#pragma once

#include <optional>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

// Returns: what stands at the path, with 405 for another method than GET and HEAD; nothing where nothing does.
std::optional<Action> find_in_site(const Settings& settings, const Transcript& transcript, const Url& url);

// Returns: 404, as a page for those who read pages.
Action not_found(const Settings& settings, const Transcript& transcript);

// Returns: 405 with Allow, or the answer to OPTIONS.
Answer other_method(std::string_view method, std::string_view allowed);

}  // namespace rekey::edge
