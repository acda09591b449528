// rekey-origin: reads the settings, runs one command. Exit codes: 0 done, 1 failed, 2 wrong usage or settings.
#include <filesystem>
#include <iostream>

#include "origin/commands/command_line.h"
#include "origin/commands/commands.h"
#include "origin/commands/run_command.h"
#include "origin/doctor/doctor.h"
#include "origin/settings/settings.h"
#include "origin/settings/settings_report.h"
#include "origin/system/core_dumps.h"
#include "shared/email_address.h"

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
  if (line.has("--markdown")) {
    std::cout << settings_markdown();
  } else {
    std::cout << (line.form() == ReportForm::kJson ? settings_json(texts) : describe_settings(texts));
  }
  return 0;
}

// As lines of the log for `serve`, whose standard error tools read.
void tell(const CommandLine& line, const SettingTexts& texts) {
  if (line.command == CommandName::kServe) return log_setting_texts(texts);
  for (const auto& warning : texts.warnings) std::cerr << "rekey-origin: " << warning << "\n";
  for (const auto& problem : texts.problems) std::cerr << "rekey-origin: " << problem << "\n";
}

void tell(const CommandLine& line, const std::exception& fault) {
  if (line.command == CommandName::kServe) return log_failed_start(fault.what());
  std::cerr << "rekey-origin: " << fault.what() << "\n";
}

// An address that breaks the rules of addresses is an argument like any other wrong one.
int find_faults(const CommandLine& line, const Settings* settings, const SettingTexts& texts) {
  DoctorOptions options;
  options.form = line.form() == ReportForm::kJson ? DoctorForm::kJson : DoctorForm::kLines;
  options.recipient = line.text("--to");
  if (!options.recipient.empty() && !EmailAddress::parse(options.recipient)) {
    std::cerr << "rekey-origin: --to must be an e-mail address\n";
    return kWrongSettings;
  }
  return examine(settings, texts, options, std::cout);
}

int run(const CommandLine& line) {
  if (line.command == CommandName::kServe) hold_signals_for_serve();
  const Console console{std::cin, std::cout, std::cerr};
  if (const auto done = run_without_settings(line, console)) return *done;
  auto texts = gather(line);
  if (line.command == CommandName::kSettings) return show_settings(line, texts);
  if (const auto done = run_with_texts(line, texts, console)) return *done;
  const auto settings = interpret_settings(texts);
  if (line.command == CommandName::kDoctor) return find_faults(line, settings ? &*settings : nullptr, texts);
  tell(line, texts);
  return settings ? run_with_settings(line, *settings, console) : kWrongSettings;
}

}  // namespace
}  // namespace rekey

int main(int argc, char** argv) {
  const auto parsed = rekey::parse_command_line(argc, argv);
  if (!parsed.line) return parsed.exit_code;
  try {
    rekey::forbid_core_dumps();
    return rekey::run(*parsed.line);
  } catch (const rekey::WrongSetting& fault) {
    rekey::tell(*parsed.line, fault);
    return rekey::kWrongSettings;
  } catch (const std::exception& fault) {
    rekey::tell(*parsed.line, fault);
    return 1;
  }
}
