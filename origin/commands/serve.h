// `rekey-origin serve`: runs the origin until SIGTERM or SIGINT.
#pragma once

#include "origin/settings/settings.h"

namespace rekey {

// Throws: as Origin's constructor.
int serve(const Settings& settings);

}  // namespace rekey
