// The arguments of `rekey-origin`, parsed by CLI11 from command_table.h; only command_line.cpp includes CLI11. No argument is a
// secret: everyone on the machine can read a process's arguments.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "origin/commands/command_table.h"

namespace rekey {

enum class ReportForm : std::uint8_t { kPlain, kJson };

struct CommandLine {
  CommandName command = CommandName::kServe;
  std::optional<std::string> env_file;                    // none: .env, if there is one
  std::map<std::string, std::string, std::less<>> given;  // by the name in the command's row; a flag as ""

  // In: the name of an argument or option of the command; traps for another one.
  bool has(std::string_view name) const;
  std::string text(std::string_view name) const;  // its default if it was not given, "" without one
  std::size_t number(std::string_view name) const;
  ReportForm form() const;  // kJson with --json
};

struct ParsedCommandLine {
  std::optional<CommandLine> line;
  int exit_code = 0;  // without a command: help was shown (0), or the arguments were wrong (2)
};

ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace rekey
