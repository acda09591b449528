// Forbids core dumps: one of this process would hold keys, passwords and live tokens.
#pragma once

namespace rekey {

// Applies to the process, not to programs that it might start: the kernel writes no core file and gives none to a collector, and
// other processes of the same user can't trace it or read its memory. Throws: std::system_error.
void forbid_core_dumps();

}  // namespace rekey
