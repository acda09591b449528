#include "origin/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace rekey {
namespace {

constexpr int kUsageError = 2;

class Parser {
 public:
  Parser() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", REKEY_VERSION);
    for (const auto& option : global_options()) add_input(app_, option);
    for (const auto& group : command_groups()) {
      auto* added = app_.add_subcommand(std::string(group.name), std::string(group.meaning));
      added->require_subcommand(1);
    }
    for (const auto& row : command_table()) add_command(row);
  }

  ParsedCommandLine parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return {std::nullopt, app_.exit(error) == 0 ? 0 : kUsageError};
    }
    if (const auto file = line_.given.extract("--env-file")) line_.env_file = file.mapped();
    return {line_, 0};
  }

 private:
  void add_command(const CommandRow& row) {
    const auto space = row.path.find(' ');
    CLI::App* parent = &app_;
    if (space != row.path.npos) parent = app_.get_subcommand(std::string(row.path.substr(0, space)));
    auto* command =
        parent->add_subcommand(std::string(row.path.substr(space == row.path.npos ? 0 : space + 1)), std::string(row.meaning));
    command->callback([this, key = row.key] { line_.command = key; });
    for (const auto& argument : row.arguments) add_input(*command, argument)->required();
    for (const auto& option : row.options) add_input(*command, option)->required(option.need == InputRow::Need::kRequired);
  }

  CLI::Option* add_input(CLI::App& command, const InputRow& input) {
    const std::string name(input.name);
    if (input.kind == InputKind::kFlag)
      return command.add_flag_callback(name, [this, name] { line_.given[name] = ""; }, std::string(input.meaning));
    const auto keep = [this, name](const std::string& value) { line_.given[name] = value; };
    auto* option = command.add_option_function<std::string>(name, keep, std::string(input.meaning));
    option->type_name(name == input.value ? "" : std::string(input.value));
    option->default_str(std::string(input.default_value));
    restrict(*option, input);
    return option;
  }

  static void restrict(CLI::Option& option, const InputRow& input) {
    if (input.kind == InputKind::kWord)
      option.check(CLI::IsMember(std::vector<std::string>(input.words.begin(), input.words.end())));
    if (input.kind == InputKind::kNumber) option.check(CLI::Range(std::uint32_t{1}, kMostRows));
  }

  CommandLine line_;
  CLI::App app_{"Password recovery: the origin", "rekey-origin"};
};

const InputRow& input_of(const CommandRow& row, std::string_view name) {
  for (const auto& inputs : {row.arguments, row.options}) {
    const auto found = std::ranges::find(inputs, name, &InputRow::name);
    if (found != inputs.end()) return *found;
  }
  __builtin_trap();  // not in the command's row
}

}  // namespace

ParsedCommandLine parse_command_line(int argc, const char* const* argv) { return Parser().parse(argc, argv); }

bool CommandLine::has(std::string_view name) const {
  input_of(row_of(command), name);
  return given.contains(name);
}

std::string CommandLine::text(std::string_view name) const {
  const auto& input = input_of(row_of(command), name);
  const auto found = given.find(name);
  return found == given.end() ? std::string(input.default_value) : found->second;
}

std::size_t CommandLine::number(std::string_view name) const { return std::stoul(text(name)); }

ReportForm CommandLine::form() const { return has("--json") ? ReportForm::kJson : ReportForm::kPlain; }

}  // namespace rekey
