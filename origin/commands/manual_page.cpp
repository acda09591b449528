#include "origin/commands/manual_page.h"

#include "origin/commands/command_table.h"
#include "origin/commands/commands.h"

namespace rekey {
namespace {

// roff reads a backslash as an escape, `-` as a hyphen that may become another character, and a line that begins with `.` or `'`
// as a request.
std::string roff(std::string_view text) {
  std::string out;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    at_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c != '`') {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string section(std::string_view name) { return ".SH " + std::string(name) + "\n"; }
std::string paragraph(std::string_view text) { return ".PP\n" + roff(text) + "\n"; }
std::string item(const std::string& tag, const std::string& text) { return ".TP\n" + tag + "\n" + text + "\n"; }

std::string words_of(const InputRow& input) {
  std::string text = roff(input.meaning);
  if (!input.words.empty()) {
    text += " One of";
    for (const auto word : input.words) text += (word == input.words.front() ? " " : ", ") + bold(word);
    text += ".";
  }
  if (!input.default_value.empty()) text += " Default: " + bold(input.default_value) + ".";
  return text;
}

std::string input_item(const InputRow& input) {
  const bool argument = input.name == input.value;
  std::string tag = argument ? italic(input.name) : bold(input.name);
  if (!argument && !input.value.empty()) tag += " " + italic(input.value);
  return item(tag, words_of(input));
}

std::string usage_in_roff(const CommandRow& row) {
  std::string usage = bold(row.path);
  for (const auto& argument : row.arguments) usage += " " + italic(argument.value);
  if (!row.options.empty()) usage += " [" + italic("options") + "]";
  return usage;
}

std::string command_section(const CommandRow& row) {
  std::string text = ".SS " + usage_in_roff(row) + "\n" + roff(row.meaning) + "\n";
  for (const auto& argument : row.arguments) text += input_item(argument);
  for (const auto& option : row.options) text += input_item(option);
  return text;
}

std::string escaped_for_table(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string manual_page() {
  std::string page = ".TH REKEY\\-ORIGIN 8 \"\" \"rekey " REKEY_VERSION "\" \"Rekey\"\n";
  page += section("NAME") + "rekey\\-origin \\- password recovery: the origin and its operator's commands\n";
  page += section("SYNOPSIS") + bold("rekey-origin") + " [" + bold("--env-file") + " " + italic("FILE") + "] " +
          italic("command") + " [" + italic("arguments") + "]\n";
  page += section("DESCRIPTION") +
          roff(
              "The origin keeps accounts in PostgreSQL, answers the signed calls of the edge, and sends the mails. Its commands "
              "serve "
              "the operator. Settings come from the environment, else from a file .env, else they have defaults; "
              "rekey-origin settings lists them.\n") +
          paragraph(
              "Options with the same name mean the same everywhere: --json prints JSON for programs, --most and --after turn "
              "pages, --all prints all of them.");
  page += section("OPTIONS");
  for (const auto& option : global_options()) page += input_item(option);
  page += item(bold("--help"), "Show help; also after a command.") + item(bold("--version"), "Show the version.");
  page += section("COMMANDS");
  for (const auto& row : command_table()) page += command_section(row);
  page += section("EXIT STATUS") + item("0", "Done.") + item("1", "Failed, or nothing was found.") +
          item("2", "Wrong arguments or settings.");
  return page;
}

std::string commands_markdown() {
  std::string table = "| command | what it does |\n|---|---|\n";
  for (const auto& row : command_table())
    table += "| `" + escaped_for_table(usage_of(row)) + "` | " + escaped_for_table(row.meaning) + " |\n";
  return table;
}

int print_manual(const CommandLine& line, std::ostream& out) {
  out << (line.has("--markdown") ? commands_markdown() : manual_page());
  return 0;
}

}  // namespace rekey
