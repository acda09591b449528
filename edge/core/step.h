// The next step of a transcript, for rekey_step. Decides everything about a call that is not specific to one feature, in this
// order: size of the head, route, method, https, cross-site, query, session, media type, body, fields, limits, origin.
// admission.h has the first half, features.h the functions of each feature.
#pragma once

#include "edge/core/action.h"
#include "edge/core/limiter.h"
#include "edge/core/origin_call.h"
#include "edge/core/settings.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

// The state that an instance keeps between requests.
struct Memory {
  FailureTable failures;
  OriginHealth origins;
  UnixMillis address_reported_at = 0;
};

// Out: the action, with the common headers of all answers.
void write_next_step(const Settings& settings, Memory& memory, const Transcript& transcript, MessageWriter& out);

// The lower-case names of the headers that features read.
std::vector<std::string_view> wanted_headers(const Settings& settings);

}  // namespace rekey::edge
