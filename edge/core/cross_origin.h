// Calls from pages of other origins (Fetch Standard, CORS): those of ALLOWED_ORIGINS may call the API and read its answers. For
// all others everything stays shut: no header of CORS, and admission.cpp refuses what changes anything.
#pragma once

#include <string_view>

#include "edge/core/action.h"
#include "edge/core/settings.h"
#include "edge/core/tally.h"
#include "edge/core/transcript.h"

namespace rekey::edge {

// In: a list with commas. Returns: whether each entry is an origin, https, or http for this machine. That it has the form in
// which browsers send Origin, the host sees (edge/host/rules.js).
bool is_origin_list(std::string_view list);

// Returns: whether the request comes from an origin of the list. Compares byte for byte: `null`, another port, a letter in upper
// case and two origins are not in it.
bool is_from_allowed_origin(const Settings& settings, const Transcript& transcript);

// Out: the headers by which the browser lets the page read the answer, and by which a preflight permits the call. Only for calls
// and documents of the API. An answer to a call with cookies can be read only where the call uses them; the browser sends ours,
// which is SameSite=Strict, from the same site alone. The password policy always varies by Origin, also without ALLOWED_ORIGINS:
// a cache that kept it would hand it out without these headers after the setting has changed.
void share_answer(const Settings& settings, const Transcript& transcript, Endpoint endpoint, Action& action);

}  // namespace rekey::edge
