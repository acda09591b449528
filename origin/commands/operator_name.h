// The person behind a command, as the system knows them: for the audit log.
#pragma once

#include <string>

namespace rekey {

// Returns: the user who called sudo, else the process's user; at most 64 visible characters.
std::string operator_name();

}  // namespace rekey
