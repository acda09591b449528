// Forbids core dumps: one of this process would hold keys, passwords and live tokens.
#pragma once

namespace rekey {

// The kernel writes no core file and gives none to a collector, and other processes of the same user can't trace this one or read
// its memory. A program that it starts inherits only the first of these. Throws: std::system_error.
void forbid_core_dumps();

}  // namespace rekey
