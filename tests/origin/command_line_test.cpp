#include "origin/commands/command_line.h"

#include <catch2/catch.hpp>
#include <vector>

namespace rekey::test {
namespace {

ParsedCommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "rekey-origin");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("every command is recognised", "[command_line]") {
  CHECK(parse({"serve"}).line->command == CommandName::kServe);
  CHECK(parse({"migrate"}).line->command == CommandName::kMigrate);
  CHECK(parse({"user", "list"}).line->command == CommandName::kUserList);
  CHECK(parse({"user", "sample"}).line->command == CommandName::kUserSample);
  CHECK(parse({"requests"}).line->command == CommandName::kRequests);
  CHECK(parse({"doctor"}).line->command == CommandName::kDoctor);
  CHECK(parse({"settings"}).line->command == CommandName::kSettings);
}

TEST_CASE("a command carries its arguments", "[command_line]") {
  const auto added = parse({"user", "add", "ada@example.com", "--username", "ada"});
  REQUIRE(added.line);
  CHECK(added.line->command == CommandName::kUserAdd);
  CHECK(added.line->email == "ada@example.com");
  CHECK(added.line->username == "ada");
  CHECK(parse({"user", "disable", "ada@example.com"}).line->command == CommandName::kUserDisable);
  CHECK(parse({"user", "enable", "ada@example.com"}).line->email == "ada@example.com");
  CHECK(parse({"mail", "test", "ada@example.com"}).line->command == CommandName::kMailTest);
  CHECK(parse({"mail", "suppress", "ada@example.com"}).line->command == CommandName::kMailSuppress);
  CHECK(parse({"mail", "unsuppress", "ada@example.com"}).line->command == CommandName::kMailUnsuppress);
  CHECK(parse({"mail", "suppressed"}).line->command == CommandName::kMailSuppressed);
  CHECK(parse({"requests", "--most", "7"}).line->most == 7);
  CHECK(parse({"settings", "--markdown"}).line->form == ReportForm::kMarkdown);
  CHECK(parse({"--env-file", "other.env", "serve"}).line->env_file == "other.env");
}

TEST_CASE("wrong arguments exit with 2 and run nothing, a call for help exits with 0", "[command_line]") {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"sevre"},
                                                                 {"user"},
                                                                 {"user", "add"},
                                                                 {"user", "add", "a@example.com"},
                                                                 {"serve", "--fast"},
                                                                 {"requests", "--most", "0"}}) {
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

}  // namespace rekey::test
