// Runs the command of a command line. Each function knows the commands that can run with what it gets; main.cpp goes from the one
// that needs the least to the one that needs all.
#pragma once

#include <istream>
#include <optional>
#include <ostream>

#include "origin/commands/command_line.h"
#include "origin/settings/settings.h"
#include "origin/settings/settings_source.h"

namespace rekey {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// Each returns the exit code, or nothing for a command that needs more. Throws: as the commands (commands.h).
std::optional<int> run_without_settings(const CommandLine& line, const Console& console);
std::optional<int> run_with_texts(const CommandLine& line, SettingTexts& texts, const Console& console);

// In: any command but `doctor` and those above.
int run_with_settings(const CommandLine& line, const Settings& settings, const Console& console);

}  // namespace rekey
