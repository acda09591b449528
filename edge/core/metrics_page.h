// GET /metrics, for the operator: the host writes the page (edge/host/metrics.js), this admits its reader, by one of
// EDGE_METRICS_KEY as a bearer token. For all others the path is unknown, with and without the setting, after the same work: so
// nobody can tell whether there are metrics. Refused keys are not limited: a limit would tell, and nobody guesses 256 bits.
#pragma once

#include <optional>
#include <string_view>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

inline constexpr std::string_view kMetricsPath = "/metrics";

// Returns: the page; 403 for a good key over plain http; nothing for a request that must not learn that there is a page.
std::optional<Action> find_metrics(const Settings& settings, const Transcript& transcript, const Url& url);

}  // namespace rekey::edge
