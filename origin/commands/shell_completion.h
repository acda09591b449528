// Completion scripts for shells, made from command_table.h. They complete commands, options, words and files, and ask the program
// nothing.
#pragma once

#include <string>

namespace rekey {

std::string bash_completion();
std::string fish_completion();
std::string zsh_completion();

}  // namespace rekey
