// `rekey-origin user import`: what is written, what is left out, and what a second run does.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/origin/desk_world.h"

namespace rekey::test {
namespace {

using Catch::Contains;

const std::string kBcrypt = "$2b$04$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde";

DeskAnswer import_csv(const DeskWorld& world, const std::string& text, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"user", "import", "-", "--format", "csv", "--json"};
  words.insert(words.end(), more.begin(), more.end());
  return world.run(words, text);
}

// Of `count` accounts, with a hash each.
std::string rows(int count) {
  std::string text = "email,username,password_hash\n";
  for (int n = 0; n < count; ++n) {
    std::string letters = "user";
    for (int rest = n, i = 0; i < 5; ++i, rest /= 26) letters += static_cast<char>('a' + rest % 26);
    text += "u" + std::to_string(n) + "@example.com," + letters + "," + kBcrypt + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("an import keeps all fields of an account, its id included", "[desk_import]") {
  DeskWorld world;
  const auto answer = world.run(
      {"user", "import", "-", "--format", "jsonl", "--json"},
      R"({"email":"Ada@Example.com","username":"Ada","password_hash":")" + kBcrypt +
          R"(","id":"0e8400f2-0000-4000-8000-00000000abcd","language":"de","is_active":true,"is_verified":true,"created_at":"2020-02-29T12:00:00+02:00"})");
  CHECK(answer.out == "{\"read\":1,\"imported\":1,\"existing\":0,\"refused\":0}\n");
  CHECK(answer.exit_code == 0);
  const auto account = world.stores.account("ada");
  CHECK(account.user.id == "0e8400f2-0000-4000-8000-00000000abcd");
  CHECK(account.user.email == "Ada@Example.com");
  CHECK(account.user.username == "Ada");
  CHECK(account.user.language == "de");
  CHECK(account.user.is_verified);
  CHECK_FALSE(account.user.is_superuser);
  CHECK(account.password_hash.text == kBcrypt);
  CHECK(world.stores.count("users WHERE created_at = '2020-02-29T10:00:00Z' AND password_kind = '$2b$04$'") == 1);
  CHECK(world.stores.count("audit_log WHERE event = 'users.imported' AND detail LIKE '1 by %'") == 1);
}

TEST_CASE("a value with the marks of SQL and of COPY arrives as it is, or not at all", "[desk_import]") {
  DeskWorld world;
  import_csv(world, "email\nit's@example.com\nx\\N@example.com\n\"y\tz@example.com\"\n\\.\nlast@example.com\n");
  CHECK(world.stores.database.text("SELECT string_agg(email, ' ' ORDER BY email) AS x FROM users") ==
        "it's@example.com last@example.com");
}

TEST_CASE("a second run of the same file changes nothing, so an import that broke off is simply run again", "[desk_import]") {
  DeskWorld world;
  const auto file = rows(50);
  import_csv(world, rows(20));
  const auto before = world.stores.database.text("SELECT md5(string_agg(id::text, ',' ORDER BY id)) AS x FROM users");
  CHECK(import_csv(world, file).out == "{\"read\":50,\"imported\":30,\"existing\":20,\"refused\":0}\n");
  const auto again = import_csv(world, file);
  CHECK(again.out == "{\"read\":50,\"imported\":0,\"existing\":50,\"refused\":0}\n");
  CHECK(again.exit_code == 0);
  CHECK(world.stores.count("users") == 50);
  CHECK(world.stores.count("audit_log WHERE event = 'users.imported'") == 2);
  CHECK(world.stores.database.text(
            "SELECT md5(string_agg(id::text, ',' ORDER BY id)) AS x FROM users WHERE email ~ '^u1?[0-9]@'") == before);
}

TEST_CASE("an address, a name or an id twice in one file makes one account", "[desk_import]") {
  DeskWorld world;
  const auto answer = import_csv(world,
                                 "email,username,id\n"
                                 "ada@example.com,ada,\n"
                                 "ADA@example.com,other,\n"
                                 "bob@example.com,ADA,\n"
                                 "cyd@example.com,,0e8400f2-0000-4000-8000-00000000abcd\n"
                                 "dan@example.com,,0E8400F2-0000-4000-8000-00000000ABCD\n");
  CHECK(answer.out == "{\"read\":5,\"imported\":2,\"existing\":1,\"refused\":2}\n");
  CHECK(answer.exit_code == 1);
  CHECK_THAT(answer.err,
             Contains("line 4: another account has the `username`") && Contains("line 6: another account has the `id`"));
  CHECK_THAT(answer.err, !Contains("ada") && !Contains("dan"));
}

TEST_CASE("an account that signs in elsewhere is imported without a password", "[desk_import]") {
  DeskWorld world;
  CHECK(import_csv(world, "email,sign_in_with\nada@example.com,Google\nbob@example.com,\n").exit_code == 0);
  CHECK(world.stores.count("users WHERE email LIKE 'ada%' AND password_hash IS NULL AND sign_in_with = 'Google'") == 1);
  CHECK(world.stores.count("users WHERE email LIKE 'bob%' AND password_hash LIKE '!%' AND sign_in_with IS NULL") == 1);
}

TEST_CASE("a bad record is left out by its line; the others are written", "[desk_import]") {
  DeskWorld world;
  const auto answer = import_csv(
      world, "email,password_hash\nada@example.com," + kBcrypt + "\nbob,\ncyd@example.com,hunter22\ndan@example.com,\n");
  CHECK(answer.out == "{\"read\":4,\"imported\":2,\"existing\":0,\"refused\":2}\n");
  CHECK(answer.exit_code == 1);
  CHECK_THAT(answer.err, Contains("line 3: ") && Contains("line 4: ") && !Contains("hunter22") && !Contains("bob"));
  CHECK(world.stores.count("users WHERE password_hash LIKE '!%'") == 1);
  CHECK(import_csv(world, "email,password_hash\ncyd@example.com,hunter22\n", {"--unknown-hashes", "reset"}).exit_code == 0);
  CHECK(world.stores.count("users WHERE password_hash LIKE '!%'") == 2);
  CHECK(world.stores.count("users WHERE password_hash LIKE '%hunter22%'") == 0);
}

TEST_CASE("a dry run finds what an import would leave out, and writes nothing", "[desk_import]") {
  DeskWorld world;
  world.stores.add_user("ada");
  const auto answer =
      import_csv(world, "email,username\nada@example.com,other\nbob@example.com,ADA\ncyd@example.com,cyd\nx,\n", {"--dry-run"});
  CHECK(answer.out == "{\"read\":4,\"would_be_imported\":1,\"existing\":1,\"refused\":2}\n");
  CHECK(world.stores.count("users") == 1);
  CHECK(world.stores.count("audit_log WHERE event = 'users.imported'") == 0);
}

TEST_CASE("an import writes batch by batch: what stands before an unreadable line stays", "[desk_import]") {
  DeskWorld world;
  const auto broken = rows(5'001) + "\"u@example.com,x\n";
  CHECK_THROWS_WITH(import_csv(world, broken), Contains("line 5003"));
  CHECK(world.stores.count("users") == 5'000);
  CHECK(import_csv(world, rows(5'001)).out == "{\"read\":5001,\"imported\":1,\"existing\":5000,\"refused\":0}\n");
}

TEST_CASE("an import tells its progress, and that the origins must learn new kinds of hashes", "[desk_import]") {
  DeskWorld world;
  std::string many = "email\n";
  for (int n = 0; n < 50'000; ++n) many += "x\n";
  CHECK_THAT(import_csv(world, many).err, Contains("50000 read, 0 imported, 0 there already, 50000 refused, "));
  CHECK_THAT(import_csv(world, rows(1)).err, Contains("restart the origins"));
  CHECK_THAT(import_csv(world, rows(2)).err, !Contains("restart the origins"));
  std::string kinds = "email,password_hash\n";
  for (int cost = 5; cost < 14; ++cost) {
    const auto two_digits = (cost < 10 ? "0" : "") + std::to_string(cost);
    kinds += "k" + std::to_string(cost) + "@example.com,$2b$" + two_digits + kBcrypt.substr(6) + "\n";
  }
  CHECK_THAT(import_csv(world, kinds).err, Contains("there are 11 kinds of hashes"));
}

TEST_CASE("the format comes from the file's name, else from --format", "[desk_import]") {
  DeskWorld world;
  const auto folder = std::filesystem::temp_directory_path() / ("rekey_import_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "users.csv") << "email\nada@example.com\n";
  std::ofstream(folder / "users.jsonl") << "{\"email\":\"bob@example.com\"}\n";
  CHECK(world.run({"user", "import", folder / "users.csv"}).exit_code == 0);
  CHECK(world.run({"user", "import", folder / "users.jsonl"}).exit_code == 0);
  CHECK_THROWS_WITH(world.run({"user", "import", folder / "users.txt"}), Contains("--format"));
  CHECK_THROWS_WITH(world.run({"user", "import", folder / "none.csv"}), Contains("can't be opened"));
  std::filesystem::remove_all(folder);
  CHECK(world.stores.count("users") == 2);
}

}  // namespace rekey::test
