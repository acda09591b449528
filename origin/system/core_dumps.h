// A core dump of this process would hold keys, passwords and live tokens, in a file that nobody watches.
#pragma once

namespace rekey {

// For the process and the programs that it starts: the kernel writes no core file and hands none to a collector, and other
// processes of the same user can't trace it or read its memory. Throws: std::system_error.
void forbid_core_dumps();

}  // namespace rekey
