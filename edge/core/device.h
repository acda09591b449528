// Device ids: a device that has logged in, or set a password by a mail, has a budget of its own in the limits per client, so that
// others behind the same address can't use it up. An id is a token of purpose kDevice. It opens nothing, is kept only by the
// device, and holds nothing about the person: its random part is a MAC of what was proven. Pages have it as a cookie,
// applications send the header that they got. Format: DESIGN.md, "The device id".
// Why only after a success: an id for the asking would be no limit, since whoever floods would ask for thousands. All ids of an
// account are one device for the limits, so an attacker has a budget for each account, and for ten minutes one for each reset.
#pragma once

#include <string>
#include <string_view>

#include "edge/core/feature.h"

namespace rekey::edge {

inline constexpr std::string_view kDeviceHeader = "rekey-device";

inline constexpr UnixSeconds kDeviceSeconds = 180 * 86'400;  // people log in more often; a forgotten device ends by itself
// After a reset: long enough to log in. With a reset a minute an account has no more than ten of these at once, each a device.
inline constexpr UnixSeconds kResetDeviceSeconds = 600;

// Returns: the key under which limits count the request's device, 16 hex digits; "" without a valid id. A bad id counts as none.
std::string device_key(const Context& context);

// The same, but "" for a device that has not logged in to this account. In: EmailAddress::limiter_key().
std::string device_key_of(const Context& context, std::string_view account);

// Adds an id to the answer to a successful log-in, or to a reset from a device without a valid id.
// In: the call's Call::proven.
void hand_out_device(const Context& context, std::string_view proven, Answer& answer);

}  // namespace rekey::edge
