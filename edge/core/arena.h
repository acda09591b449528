// All memory that C++ asks for in the module: one run of bytes, taken from the front, given back all at once and wiped.
// Why: nothing lives from one call to the next but the settings, and neither a password nor a token may.
#pragma once

namespace rekey::edge {

// Keeps what is allocated by now for the instance's life.
void keep_allocations();

// Wipes and gives back all that was allocated since. Nothing may point there any more.
void drop_allocations();

}  // namespace rekey::edge
