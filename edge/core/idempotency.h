// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a client that lost an answer sends its call again under the same
// key, and gets the answer of the first. For calls that change something which can't be changed twice: is_repeatable() of
// shared/internal_calls.h. The origin remembers; it gets keyed hashes of the key and of the body.
#pragma once

#include <optional>
#include <string>

#include "edge/core/feature.h"

namespace rekey::edge {

inline constexpr std::string_view kIdempotencyHeader = "idempotency-key";

// Returns: 400 for a key that has no good form: a string of 16 to 128 printable ASCII characters, in quotes (RFC 9651, section
// 3.3.3) or without.
std::optional<Answer> refuse_key(const Context& context, const Feature& feature);

// In: a request that refuse_key() admits, with its body. Returns: kRepeatName's text, "" without a key.
std::string repeat_text(const Context& context, const Feature& feature);

}  // namespace rekey::edge
