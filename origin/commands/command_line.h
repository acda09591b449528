// The arguments of `rekey-origin`, parsed by CLI11, which only command_line.cpp includes. No argument is a secret: everyone on
// the machine can read a process's arguments.
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
  kMailSuppress,
  kMailUnsuppress,
  kMailSuppressed,
  kRequests,
  kDoctor,
  kSettings,
};

enum class ReportForm : std::uint8_t { kPlain, kMarkdown, kJson };

struct CommandLine {
  CommandName command = CommandName::kServe;
  std::optional<std::string> env_file;  // none: .env, if there is one
  std::string email;                    // user add, disable, enable; mail test, suppress, unsuppress; doctor, where it may be ""
  std::string username;                 // user add
  std::size_t most = 50;                // requests
  ReportForm form = ReportForm::kPlain;
};

struct ParsedCommandLine {
  std::optional<CommandLine> line;
  int exit_code = 0;  // without a command: help was shown (0), or the arguments were wrong (2)
};

ParsedCommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace rekey
