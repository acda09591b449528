// The manual page of `rekey-origin` for section 8, and the table of its commands for README.md, both made from command_table.h.
// Source of the form: man(7), groff_man(7).
#pragma once

#include <string>

namespace rekey {

std::string manual_page();

// A Markdown table: command, meaning. README.md repeats it; a test compares.
std::string commands_markdown();

}  // namespace rekey
