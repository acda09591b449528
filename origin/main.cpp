// rekey-origin: reads the settings, runs one command. Exit codes: 0 done, 1 failed, 2 wrong usage or settings.
#include <filesystem>
#include <iostream>

#include "origin/commands/command_line.h"
#include "origin/commands/commands.h"
#include "origin/commands/run_command.h"
#include "origin/settings/settings_report.h"
#include "origin/system/core_dumps.h"

namespace rekey {
namespace {

constexpr int kWrongSettings = 2;
constexpr const char* kDefaultFile = ".env";

SettingTexts gather(const CommandLine& line) {
  std::vector<std::string> problems;
  SettingMap dot_env;
  const auto file = line.env_file.value_or(kDefaultFile);
  if (line.env_file || std::filesystem::exists(file)) {
    const auto text = read_setting_file(file);
    if (text) dot_env = parse_dot_env(*text, problems);
    if (!text) problems.push_back((line.env_file ? "--env-file names" : ".env is") + std::string(" a file that cannot be read"));
  }
  auto texts = gather_settings(read_environment(), dot_env, read_setting_file);
  texts.problems.insert(texts.problems.end(), problems.begin(), problems.end());
  return texts;
}

int show_settings(const CommandLine& line, const SettingTexts& texts) {
  std::cout << (line.has("--markdown") ? settings_markdown() : describe_settings(texts));
  return 0;
}

int refuse(const SettingTexts& texts) {
  for (const auto& problem : texts.problems) std::cerr << "rekey-origin: " << problem << "\n";
  return kWrongSettings;
}

int run(const CommandLine& line) {
  const Console console{std::cin, std::cout, std::cerr};
  if (const auto done = run_without_settings(line, console)) return *done;
  auto texts = gather(line);
  if (line.command == CommandName::kSettings) return show_settings(line, texts);
  if (const auto done = run_with_texts(line, texts, console)) return *done;
  const auto settings = interpret_settings(texts);
  if (line.command == CommandName::kDoctor) return examine(settings ? &*settings : nullptr, texts, std::cout);
  for (const auto& warning : texts.warnings) std::cerr << "rekey-origin: " << warning << "\n";
  return settings ? run_with_settings(line, *settings, console) : refuse(texts);
}

}  // namespace
}  // namespace rekey

int main(int argc, char** argv) {
  const auto parsed = rekey::parse_command_line(argc, argv);
  if (!parsed.line) return parsed.exit_code;
  try {
    rekey::forbid_core_dumps();
    return rekey::run(*parsed.line);
  } catch (const std::exception& fault) {
    std::cerr << "rekey-origin: " << fault.what() << "\n";
    return 1;
  }
}
