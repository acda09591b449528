// The reset token in a request: judged here, so that one that is forged or over never costs a call to the origin.
#pragma once

#include <string_view>
#include <variant>

#include "edge/core/feature.h"

namespace rekey::edge {

// One body for every kind of bad token, in the route's dialect.
Answer bad_token(const Context& context);

// Returns: what the origin knows the token by, or the refusal.
std::variant<std::string, Answer> admit_reset_token(const Context& context, std::string_view token);

}  // namespace rekey::edge
