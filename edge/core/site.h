// The answers to all requests except API calls: pages in the reader's language, assets, the OpenAPI document, redirects and 404.
#pragma once

#include <optional>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "edge/core/tally.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

struct Found {
  Action action;
  Endpoint endpoint;
};

// Returns: the tag of the site's language that fits Accept-Language best.
std::string_view reader_language(const Settings& settings, const Transcript& transcript);

// Returns: the page, asset, document or redirect at the path; over plain http a redirect to https, or 403; 204 for OPTIONS, 405
// for other methods than GET and HEAD; nothing for an unknown path.
std::optional<Found> find_in_site(const Settings& settings, const Transcript& transcript, const Url& url);

// Returns: 404, as a page for a request that accepts HTML.
Action not_found(const Settings& settings, const Transcript& transcript);

// Returns: 405 with Allow, or the answer to OPTIONS.
Answer other_method(std::string_view method, std::string_view allowed);

}  // namespace rekey::edge
