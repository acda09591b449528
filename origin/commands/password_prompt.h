// A password from the terminal, unseen, or from a pipe.
#pragma once

#include <string_view>

#include "origin/settings/settings.h"

namespace rekey {

// Returns: the first line of standard input, without its end. Asks for it where that is a terminal, which then shows nothing.
// Throws: std::runtime_error where there is no line.
SecretText read_password(std::string_view question);

}  // namespace rekey
