// Device ids: a device that has logged in, or set a password by a mail, has a budget of its own in the limits per client, so that
// others behind the same address can't use it up. An id is a token of purpose kDevice. It opens nothing, is kept only by the
// device, and holds nothing about the person: its random part is a MAC of the account. Pages have it as a cookie, applications
// send the header that they got. Format: DESIGN.md, "The device id".
// Why only after a success: an id for the asking would be no limit, since whoever floods would ask for thousands. All ids of an
// account are one device for the limits, whether of a log-in or a reset, so an attacker has a budget for each account.
#pragma once

#include <string>
#include <string_view>

#include "edge/core/feature.h"

namespace rekey::edge {

inline constexpr std::string_view kDeviceHeader = "rekey-device";

inline constexpr UnixSeconds kDeviceSeconds = 180 * 86'400;  // people log in more often; a forgotten device ends by itself

// Returns: the key under which limits count the request's device, 16 hex digits; "" without a valid id. A bad id counts as none.
std::string device_key(const Context& context);

// The same, but "" for a device of another account. In: EmailAddress::normalized().
// Why not limiter_key(): anybody may register an alias of an address, whose ids must not count as its owner's.
std::string device_key_of(const Context& context, std::string_view account);

// Adds an id to the answer to a successful log-in or reset; of the account only the MAC. In: OriginOutcome::account.
void hand_out_device(const Context& context, std::string_view account, Answer& answer);

}  // namespace rekey::edge
