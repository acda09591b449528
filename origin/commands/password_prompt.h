// Reads a password from the terminal, without echo, or from a pipe.
#pragma once

#include <string_view>

#include "origin/settings/settings.h"

namespace rekey {

// Returns: the first line of standard input, without its end. On a terminal it prompts, and switches the echo off.
// Throws: std::runtime_error if there is no line, or the echo can't be switched off.
SecretText read_password(std::string_view question);

}  // namespace rekey
