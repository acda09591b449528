// What was typed after `rekey-origin`, read by CLI11, which command_line.cpp alone includes. No secret is ever an argument:
// everyone on the machine can read a process's arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rekey {

enum class CommandName : std::uint8_t {
  kServe,
  kMigrate,
  kUserAdd,
  kUserList,
  kUserDisable,
  kUserEnable,
  kUserSample,
  kMailTest,
  kRequests,
  kDoctor,
  kSettings,
};

enum class ReportForm : std::uint8_t { kPlain, kMarkdown };

struct CommandLine {
  CommandName command = CommandName::kServe;
  std::string env_file = ".env";
  std::string email;      // user add, disable, enable; mail test
  std::string username;   // user add
  std::size_t most = 50;  // requests
  ReportForm form = ReportForm::kPlain;
};

struct ParsedCommandLine {
  std::optional<CommandLine> line;
  int exit_code = 0;  // where there is none: help was shown (0), or the words were wrong (2)
};

ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace rekey
