#include "origin/commands/shell_completion.h"

#include <vector>

#include "origin/commands/command_table.h"
#include "origin/commands/commands.h"

namespace rekey {
namespace {

using Words = std::vector<std::string_view>;

std::string joined(const Words& words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

// The words that may follow these: "" for the program alone, or a group's name.
Words words_after(std::string_view group) {
  Words words;
  if (group.empty()) {
    for (const auto& each : command_groups()) words.push_back(each.name);
  }
  for (const auto& row : command_table()) {
    const auto space = row.path.find(' ');
    const auto parent = space == row.path.npos ? std::string_view() : row.path.substr(0, space);
    if (parent == group) words.push_back(space == row.path.npos ? row.path : row.path.substr(space + 1));
  }
  return words;
}

Words names_of(std::span<const InputRow> inputs) {
  Words names;
  for (const auto& input : inputs) names.push_back(input.name);
  return names;
}

bool takes_file(const CommandRow& row) { return !row.arguments.empty() && row.arguments[0].kind == InputKind::kFile; }

Words words_of_argument(const CommandRow& row) {
  if (row.arguments.empty()) return {};
  return {row.arguments[0].words.begin(), row.arguments[0].words.end()};
}

enum class Files : std::uint8_t { kNo, kToo };  // beside the words

// A case of a script that offers words.
using WriteCase = std::string(const std::string& pattern, const Words& words, Files files);

std::string bash_case(const std::string& pattern, const Words& words, Files files) {
  const std::string options = files == Files::kToo ? " -f" : "";
  return "    " + pattern + ") COMPREPLY=($(compgen" + options + " -W '" + joined(words) + "' -- \"$word\")) ;;\n";
}

std::string zsh_case(const std::string& pattern, const Words& words, Files files) {
  return "    " + pattern + ") compadd -- " + joined(words) + (files == Files::kToo ? "; _files" : "") + " ;;\n";
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

// What follows an option that takes a value.
std::string values_in(WriteCase write_case) {
  std::string cases;
  for (const auto& row : command_table()) {
    for (const auto& option : row.options) {
      const auto pattern = in_quotes(std::string(row.path) + " " + std::string(option.name));
      if (option.kind == InputKind::kWord) cases += write_case(pattern, {option.words.begin(), option.words.end()}, Files::kNo);
      if (option.kind == InputKind::kText || option.kind == InputKind::kNumber) cases += "    " + pattern + ") ;;\n";
    }
  }
  return cases;
}

std::string commands_in(WriteCase write_case) {
  Words first = words_after("");
  const Words global = names_of(global_options());
  first.insert(first.end(), global.begin(), global.end());
  first.insert(first.end(), {"--help", "--version"});
  std::string cases = write_case("''", first, Files::kNo);
  for (const auto& group : command_groups()) cases += write_case(in_quotes(group.name), words_after(group.name), Files::kNo);
  for (const auto& row : command_table()) {
    Words words = words_of_argument(row);
    const Words options = names_of(row.options);
    words.insert(words.end(), options.begin(), options.end());
    words.push_back("--help");
    cases += write_case(in_quotes(row.path), words, takes_file(row) ? Files::kToo : Files::kNo);
  }
  return cases;
}

// Escapes for a text in single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_line(const std::string& condition, const std::string& what) {
  return "complete -c rekey-origin -n " + fish_quoted("__rekey_origin_at " + condition) + " " + what + "\n";
}

std::string fish_option(const std::string& condition, const InputRow& option) {
  std::string what = "-l " + std::string(option.name.substr(2)) + " -d " + fish_quoted(option.meaning);
  if (option.kind == InputKind::kFile) what += " -r -F";
  if (option.kind == InputKind::kText || option.kind == InputKind::kNumber) what += " -x";
  if (option.kind == InputKind::kWord) what += " -x -a " + fish_quoted(joined({option.words.begin(), option.words.end()}));
  return fish_line(condition, what);
}

std::string fish_word(const std::string& condition, std::string_view word, std::string_view meaning) {
  return fish_line(condition, "-a " + std::string(word) + " -d " + fish_quoted(meaning));
}

std::string fish_command(const CommandRow& row) {
  const auto space = row.path.find(' ');
  const std::string parent(space == row.path.npos ? "" : row.path.substr(0, space));
  std::string lines = fish_word(parent, row.path.substr(space == row.path.npos ? 0 : space + 1), row.meaning);
  for (const auto& option : row.options) lines += fish_option(std::string(row.path), option);
  for (const auto word : words_of_argument(row)) lines += fish_word(std::string(row.path), word, "");
  if (takes_file(row)) lines += fish_line(std::string(row.path), "-F");
  return lines;
}

std::string groups_as_pattern() {
  std::string pattern = "''";
  for (const auto& group : command_groups()) pattern += " | " + std::string(group.name);
  return pattern;
}

std::string groups_as_list() {
  std::string list;
  for (const auto& group : command_groups()) list += " " + std::string(group.name);
  return list;
}

// The loop by which bash and zsh find the command in the typed words. In: its bounds, and the word at `i`.
std::string find_command(const std::string& bounds, const std::string& word) {
  return "  for ((" + bounds + "; ++i)); do\n    case " + word +
         " in\n"
         "      --env-file) ((++i)) ;;\n"
         "      -*) ;;\n"
         "      *)\n"
         "        case $command in\n"
         "          " +
         groups_as_pattern() + ") command+=${command:+ }" + word +
         " ;;\n"
         "        esac\n"
         "        ;;\n"
         "    esac\n"
         "  done\n";
}

}  // namespace

// The command is what stands behind the program: one word, or two if the first is a group. `--env-file` may stand before it.
std::string bash_completion() {
  return "# Completion of rekey-origin for bash, made by `rekey-origin completion bash`.\n"
         "_rekey_origin() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' i\n"
         "  COMPREPLY=()\n" +
         find_command("i = 1; i < COMP_CWORD", "${COMP_WORDS[i]}") +
         "  case \"${command:+$command }$before\" in\n"
         "    --env-file) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n" +
         values_in(bash_case) +
         "    *) _rekey_origin_command ;;\n"
         "  esac\n"
         "}\n"
         "_rekey_origin_command() {\n"
         "  case $command in\n" +
         commands_in(bash_case) +
         "  esac\n"
         "}\n"
         "complete -o filenames -F _rekey_origin rekey-origin\n";
}

std::string fish_completion() {
  std::string script =
      "# Completion of rekey-origin for fish, made by `rekey-origin completion fish`.\n"
      "function __rekey_origin_at\n"
      "  set -l command\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    if not string match -q -- '-*' $word; and begin; test (count $command) -eq 0; or contains -- \"$command\"" +
      groups_as_list() +
      "; end\n"
      "      set -a command $word\n"
      "    end\n"
      "  end\n"
      "  test \"$command\" = \"$argv\"\n"
      "end\n"
      "complete -c rekey-origin -f\n";
  for (const auto& option : global_options()) script += fish_option("", option);
  for (const auto& group : command_groups()) script += fish_word("", group.name, group.meaning);
  for (const auto& row : command_table()) script += fish_command(row);
  return script;
}

// Words are offered without their meanings, as in bash. `words` and `CURRENT` are zsh's: what is typed, counted from 1.
std::string zsh_completion() {
  return "#compdef rekey-origin\n"
         "# Completion of rekey-origin for zsh, made by `rekey-origin completion zsh`.\n"
         "_rekey_origin() {\n"
         "  local before=${words[CURRENT-1]} command=''\n"
         "  local -i i\n" +
         find_command("i = 2; i < CURRENT", "${words[i]}") +
         "  case \"${command:+$command }$before\" in\n"
         "    --env-file) _files ;;\n" +
         values_in(zsh_case) +
         "    *) _rekey_origin_command ;;\n"
         "  esac\n"
         "}\n"
         "_rekey_origin_command() {\n"
         "  case $command in\n" +
         commands_in(zsh_case) +
         "  esac\n"
         "}\n"
         "_rekey_origin \"$@\"\n";
}

int print_completion(const CommandLine& line, std::ostream& out) {
  const auto shell = line.text("SHELL");
  out << (shell == "bash" ? bash_completion() : shell == "fish" ? fish_completion() : zsh_completion());
  return 0;
}

}  // namespace rekey
