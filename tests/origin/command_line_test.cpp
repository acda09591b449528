#include "origin/commands/command_line.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "origin/commands/manual_page.h"
#include "origin/commands/shell_completion.h"

namespace rekey::test {
namespace {

ParsedCommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "rekey-origin");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

// A command line for a row of the table: every argument and every required option gets a value that fits.
std::vector<std::string> words_for(const CommandRow& row) {
  std::vector<std::string> words;
  std::string_view path = row.path;
  for (auto space = path.find(' '); space != path.npos; space = path.find(' ')) {
    words.emplace_back(path.substr(0, space));
    path.remove_prefix(space + 1);
  }
  words.emplace_back(path);
  const auto value_for = [](const InputRow& input) { return std::string(input.words.empty() ? "x" : input.words.front()); };
  for (const auto& argument : row.arguments) words.push_back(value_for(argument));
  for (const auto& option : row.options) {
    if (option.need != InputRow::Need::kRequired) continue;
    words.emplace_back(option.name);
    words.push_back(value_for(option));
  }
  return words;
}

ParsedCommandLine parse_words(const std::vector<std::string>& words) {
  std::vector<const char*> pointers;
  for (const auto& word : words) pointers.push_back(word.c_str());
  return parse(pointers);
}

}  // namespace

TEST_CASE("every command of the table is recognised, and none without its arguments", "[command_line]") {
  for (const auto& row : command_table()) {
    CAPTURE(row.path);
    auto words = words_for(row);
    const auto parsed = parse_words(words);
    REQUIRE(parsed.line);
    CHECK(parsed.line->command == row.key);
    CHECK_FALSE(parsed.line->env_file);
    const auto needed = words.size() - (row.path.find(' ') == row.path.npos ? 1 : 2);
    for (std::size_t i = 0; i < needed; ++i) {
      words.pop_back();
      CHECK(parse_words(words).exit_code == 2);
    }
  }
}

TEST_CASE("an option is known to its own commands only", "[command_line]") {
  CHECK(parse({"user", "list", "--search", "ada"}).line->text("--search") == "ada");
  CHECK(parse({"requests", "--search", "ada"}).exit_code == 2);
  CHECK(parse({"serve", "--json"}).exit_code == 2);
  CHECK(parse({"user", "list", "--json"}).line->form() == ReportForm::kJson);
  CHECK(parse({"user", "list"}).line->form() == ReportForm::kPlain);
}

TEST_CASE("a command carries its arguments, and its defaults where there are none", "[command_line]") {
  const auto added = parse({"user", "add", "ada@example.com", "--username", "ada"});
  REQUIRE(added.line);
  CHECK(added.line->text("ADDRESS") == "ada@example.com");
  CHECK(added.line->text("--username") == "ada");
  CHECK(parse({"requests", "--most", "7"}).line->number("--most") == 7);
  CHECK(parse({"requests"}).line->number("--most") == 50);
  CHECK_FALSE(parse({"requests"}).line->has("--state"));
  CHECK(parse({"settings", "--markdown"}).line->has("--markdown"));
  CHECK(parse({"user", "import", "-"}).line->text("FILE") == "-");
  CHECK(parse({"doctor", "--to", "ada@example.com"}).line->text("--to") == "ada@example.com");
  CHECK(parse({"doctor", "--json"}).line->form() == ReportForm::kJson);
  CHECK(parse({"--env-file", "other.env", "serve"}).line->env_file == "other.env");
}

TEST_CASE("wrong arguments exit with 2 and run nothing, a call for help exits with 0", "[command_line]") {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"sevre"},
                                                                 {"user"},
                                                                 {"serve", "--fast"},
                                                                 {"requests", "--most", "0"},
                                                                 {"requests", "--most", "1001"},
                                                                 {"requests", "--most", "ten"},
                                                                 {"requests", "--state", "lost"},
                                                                 {"preview", "reset", "--part", "pdf"},
                                                                 {"user", "show", "a@example.com", "b@example.com"}}) {
    const auto parsed = parse(words);
    CHECK_FALSE(parsed.line);
    CHECK(parsed.exit_code == 2);
  }
  CHECK(parse({"--help"}).exit_code == 0);
  CHECK_FALSE(parse({"--help"}).line);
}

TEST_CASE("no command takes a password as an argument", "[command_line]") {
  CHECK(parse({"user", "add", "a@example.com", "--username", "ada", "--password", "x"}).exit_code == 2);
  CHECK(parse({"user", "add", "a@example.com", "hunter22", "--username", "ada"}).exit_code == 2);
}

TEST_CASE("completion, manual page and README's table know every command and every option", "[command_line]") {
  const auto bash = bash_completion();
  const auto fish = fish_completion();
  const auto zsh = zsh_completion();
  const auto page = manual_page();
  const auto table = commands_markdown();
  for (const auto& row : command_table()) {
    CAPTURE(row.path);
    for (const auto& script : {bash, zsh}) CHECK_THAT(script, Catch::Contains("'" + std::string(row.path) + "')"));
    CHECK_THAT(fish, Catch::Contains("-a " + std::string(row.path.substr(row.path.find(' ') + 1)) + " -d "));
    CHECK_THAT(table, Catch::Contains("| `" + std::string(row.path)));
    for (const auto& option : row.options) {
      CAPTURE(option.name);
      for (const auto& script : {bash, zsh}) CHECK_THAT(script, Catch::Contains(std::string(option.name)));
      CHECK_THAT(fish, Catch::Contains("-l " + std::string(option.name.substr(2))));
      CHECK_THAT(table, Catch::Contains(std::string(option.name)));
      CHECK_THAT(page, Catch::Contains("\\-\\-"));
    }
  }
}

TEST_CASE("no text of the table can end a quoted word of a shell, or begin a request of roff", "[command_line]") {
  std::set<std::string_view> names;
  for (const auto& row : command_table()) {
    CHECK(names.insert(row.path).second);
    CHECK(row.meaning.ends_with('.'));
    for (const auto& inputs : {row.arguments, row.options}) {
      for (const auto& input : inputs) {
        for (const auto word : input.words) CHECK(word.find_first_of("' \"\\$") == word.npos);
        CHECK(input.meaning.ends_with('.'));
      }
    }
  }
  const auto page = "\n" + manual_page();
  for (auto at = page.find("\n'"); at != page.npos; at = page.find("\n'", at + 1)) FAIL("a line begins with a quote");
}

}  // namespace rekey::test
