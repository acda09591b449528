// Implements rekey_step: decides on the next step of a transcript. All decisions that features share are made here, in this
// order: size of the head, route, method, https, cross-site, query, session, media type, body, fields, limits, origin.
// admission.h decides up to the body. Then the feature, a row of features.h, takes over: its `prepare` reads the fields, and
// names the limits to ask (limiter.h) and the input of the call to the origin (origin_call.h, origin_choice.h); its `conclude`
// turns the origin's outcome into the answer. A path without a feature is a page or an asset (site.h), or the operator's
// (metrics_page.h). A refusal that is the client's fault becomes 429 if the client had too many of them. Each answer is counted
// (tally.h), and pages of allowed origins may read it (cross_origin.h).
#pragma once

#include "edge/core/action.h"
#include "edge/core/limiter.h"
#include "edge/core/origin_choice.h"
#include "edge/core/rate_table.h"
#include "edge/core/settings.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

// The state that an instance keeps between requests.
struct Memory {
  std::array<RateEntry, 2048> failing_clients{};  // counted here, so that cheap refusals cost no call of an object
  Refusals refusals;
  OriginHealth origins;
  UnixMillis address_reported_at = 0;
};

// Out: the action, the request's id, and the set of headers that an answer gets besides its own.
void write_next_step(const Settings& settings, Memory& memory, const Transcript& transcript, MessageWriter& out);

// The lower-case names of the request headers that the module reads.
std::vector<std::string_view> wanted_headers(const Settings& settings);

}  // namespace rekey::edge
