// Admits requests to a feature by their head: size and form, route, the site they come from, media type.
#pragma once

#include <optional>
#include <string>

#include "edge/core/feature.h"
#include "shared/url.h"

namespace rekey::edge {

// Returns: 414 or 431 for a head that is too large, 400 for one that is not an HTTP request.
std::optional<Answer> refuse_form(const Transcript& transcript, const std::optional<Url>& url);

struct Route {
  const Feature* feature = nullptr;
  std::string allowed;  // the path's methods, "" for a path without a feature
  Endpoint endpoint = Endpoint::kOther;
};

// Finds the path in features.h, byte for byte. A call that FEATURES leaves out is not found.
Route find_route(const Settings& settings, std::string_view method, std::string_view path);

// The answer to a method that the path does not have. OPTIONS from another site is refused like any other call.
Answer refuse_method(const Settings& settings, const Transcript& transcript, const Url& url, const Route& route);

// Returns: the refusal, 400, 401, 403 or 415; or nothing for an admitted request.
std::optional<Answer> admit(const Context& context, const Url& url, const Feature& feature);

// Returns: ReadBody, or 400, 408 or 413; nothing once the body is there or where none is read.
std::optional<Action> await_body(const Context& context, const Feature& feature);

}  // namespace rekey::edge
