#include "origin/commands/user_file.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace rekey::test {
namespace {

std::vector<UserRecord> read_all(std::unique_ptr<UserFile> file) {
  std::vector<UserRecord> records;
  while (auto record = file->next()) records.push_back(std::move(*record));
  return records;
}

std::vector<UserRecord> csv(const std::string& text) {
  std::istringstream in(text);
  return read_all(read_csv(in));
}

std::vector<UserRecord> json_lines(const std::string& text) {
  std::istringstream in(text);
  return read_all(read_json_lines(in));
}

}  // namespace

TEST_CASE("CSV: the first line names the columns, in any order", "[user_file]") {
  const auto records = csv("password_hash,email\nh1,ada@example.com\r\nh2,alan@example.com");
  REQUIRE(records.size() == 2);
  CHECK(records[0][UserField::kEmail] == "ada@example.com");
  CHECK(records[0][UserField::kPasswordHash] == "h1");
  CHECK(records[0][UserField::kUsername].empty());
  CHECK(records[0].line == 2);
  CHECK(records[1][UserField::kPasswordHash] == "h2");
  CHECK(records[1].line == 3);
}

TEST_CASE("CSV: a quoted field may hold commas, quotes and line ends; lines are counted as an editor does", "[user_file]") {
  const auto records = csv("\xEF\xBB\xBF\"email\",language\n\"a,\"\"b\"\"\nc\",de\n\nd@example.com,\"\"\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0][UserField::kEmail] == "a,\"b\"\nc");
  CHECK(records[0][UserField::kLanguage] == "de");
  CHECK(records[0].line == 2);
  CHECK(records[1].line == 5);
  CHECK(records[1][UserField::kLanguage].empty());
}

TEST_CASE("CSV: a record with another number of fields is a problem of its own", "[user_file]") {
  const auto records = csv("email,language\na@example.com\nb@example.com,de,x\nc@example.com,\n");
  REQUIRE(records.size() == 3);
  CHECK_THAT(records[0].problem, Catch::Contains("number of fields"));
  CHECK_FALSE(records[1].problem.empty());
  CHECK(records[2].problem.empty());
}

TEST_CASE("CSV: what makes the rest unreadable ends the reading, with the line's number", "[user_file]") {
  using Catch::Contains;
  CHECK_THROWS_WITH(csv(""), Contains("the file is empty"));
  CHECK_THROWS_WITH(csv("username\nada\n"), Contains("`email`"));
  CHECK_THROWS_WITH(csv("email,passwort\n"), Contains("line 1") && Contains("`passwort`"));
  CHECK_THROWS_WITH(csv("email,email\n"), Contains("twice"));
  CHECK_THROWS_WITH(csv("email\n\"a@example.com\nb@example.com\n"), Contains("line 2: a quoted field does not end"));
  CHECK_THROWS_WITH(csv("email,id\n\"a@example.com\"x,1\n"), Contains("line 2"));
  CHECK_THROWS_WITH(csv("email\n" + std::string(kMostLineBytes + 1, 'a') + "\n"), Contains("line 2") && Contains("64 KiB"));
  CHECK(csv("email\n" + std::string(kMostLineBytes - 1, 'a') + "\n").size() == 1);
}

TEST_CASE("JSON lines: each line is an object; blank lines are passed over", "[user_file]") {
  const auto records = json_lines(
      "{\"email\":\"ada@example.com\",\"is_active\":false,\"username\":\"ada\"}\n\n"
      "{\"email\":\"alan@example.com\",\"is_verified\":true}");
  REQUIRE(records.size() == 2);
  CHECK(records[0][UserField::kUsername] == "ada");
  CHECK(records[0][UserField::kIsActive] == "false");
  CHECK(records[0][UserField::kIsVerified].empty());
  CHECK(records[1][UserField::kIsVerified] == "true");
  CHECK(records[1].line == 3);
}

TEST_CASE("JSON lines: a broken line is a problem of its own, and quotes no value", "[user_file]") {
  const auto records = json_lines(
      "{\"email\":\"a@example.com\"\n"
      "{\"username\":\"ada\"}\n"
      "{\"email\":\"a@example.com\",\"password\":\"hunter22\"}\n"
      "{\"email\":null}\n"
      "{\"email\":\"a@example.com\",\"is_active\":\"hunter22\"}\n"
      "{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}\n"
      "[]\n"
      "{\"email\":\"b@example.com\"}\n");
  REQUIRE(records.size() == 8);
  for (std::size_t i = 0; i < 7; ++i) {
    CAPTURE(i, records[i].problem);
    CHECK_FALSE(records[i].problem.empty());
    CHECK(records[i].problem.find("hunter22") == std::string::npos);
  }
  CHECK_THAT(records[2].problem, Catch::Contains("`password`"));
  CHECK(records[7].problem.empty());
}

}  // namespace rekey::test
