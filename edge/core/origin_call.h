// The call to the origin, POST /internal/<use case>: the envelope, its signature by the first of EDGE_ORIGIN_KEYS
// (shared/message_signature.h), and the parsing of the reply. origin_choice.h chooses the origin. If none of them replies with an
// outcome of the use case, the answer is 503, with an alarm if that should never happen.
//
// shared/internal_calls.h has the words for both ends. A reset, with the token's hash in hex, and an answer to it:
//
//     {"version": 1, "request_id": ..., "client": {"ip": ..., ...}, "input": {"token": ..., "new_password": ...}}
//     {"outcome": "ok", "version": 1}
//
// The input of a forgot request is {"email": ..., "suppress": false}. At the other end: origin/api/internal_routes.h.
#pragma once

#include <optional>

#include "edge/core/feature.h"

namespace rekey::edge {

// In: a value for each text of the use case's input; `suppressed` sets kSuppress if the use case has it.
CallOrigin make_origin_call(const Context& context, const Feature& feature, const Call& call, bool suppressed,
                            std::size_t origin);

// Returns: the feature's answer to the origin's reply; nothing if the reply is no outcome of its use case.
std::optional<Answer> conclude(const Context& context, const Feature& feature, const OriginReply& reply);

// Returns: 503 for a reply that does not serve the call.
Answer explain_failure(const Feature& feature, const OriginReply& reply);

}  // namespace rekey::edge
