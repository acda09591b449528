#include "origin/settings/settings_source.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace rekey::test {
namespace {

std::optional<std::string> no_file(const std::filesystem::path&) { return std::nullopt; }

SettingMap dot_env(std::string_view text) {
  std::vector<std::string> problems;
  auto map = parse_dot_env(text, problems);
  CHECK(problems.empty());
  return map;
}

}  // namespace

TEST_CASE("the environment takes precedence over .env, and .env over the default", "[settings_source][B1]") {
  const auto texts = gather_settings({{"MAIL_PORT", "25"}}, {{"MAIL_PORT", "26"}, {"MAIL_FROM", "a@example.com"}}, no_file);
  CHECK(texts.found.at("MAIL_PORT").value == "25");
  CHECK(texts.found.at("MAIL_PORT").origin == SettingOrigin::kEnvironment);
  CHECK(texts.found.at("MAIL_FROM").origin == SettingOrigin::kDotEnv);
  CHECK(texts.found.at("MAIL_TLS").value == "starttls");
  CHECK(texts.found.at("MAIL_TLS").origin == SettingOrigin::kDefault);
  CHECK_FALSE(texts.found.contains("MAIL_PASSWORD"));
}

TEST_CASE("an empty value counts as none", "[settings_source]") {
  const auto texts = gather_settings({{"MAIL_PORT", ""}}, {{"MAIL_PORT", "26"}}, no_file);
  CHECK(texts.found.at("MAIL_PORT").value == "26");
}

TEST_CASE("NAME_FILE names a file that holds the value", "[settings_source][B1]") {
  const auto read = [](const std::filesystem::path& path) -> std::optional<std::string> {
    return path == "/run/secrets/mail" ? std::optional("secret") : std::nullopt;
  };
  const auto texts = gather_settings({{"MAIL_PASSWORD_FILE", "/run/secrets/mail"}}, {}, read);
  CHECK(texts.found.at("MAIL_PASSWORD").value == "secret");
  CHECK(texts.problems.empty());

  const auto missing = gather_settings({{"MAIL_PASSWORD_FILE", "/nowhere"}}, {}, read);
  REQUIRE(missing.problems.size() == 1);
  CHECK(missing.problems[0] == "MAIL_PASSWORD_FILE names a file that cannot be read");
  const auto empty = gather_settings({{"SEED_SECRET_FILE", "/empty"}}, {},
                                     [](const std::filesystem::path&) { return std::optional(std::string()); });
  REQUIRE(empty.problems.size() == 1);
  CHECK(empty.problems[0] == "SEED_SECRET_FILE names an empty file");
}

TEST_CASE("a systemd credential is the file of its setting, unless the environment names another one", "[settings_source]") {
  char folder[] = "/tmp/rekey-credentials-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const auto path = [&](const char* name) { return std::string(folder) + "/" + name; };
  for (const char* name :
       {"rekey_SEED_SECRET", "rekey_MAIL_PASSWORD", "rekey_DATABASE_URL", "rekey_NO_SETTING", "MAIL_USERNAME"}) {
    std::ofstream(path(name)) << name;
  }
  const SettingMap expected = {{"SEED_SECRET", ""},
                               {"SEED_SECRET_FILE", path("rekey_SEED_SECRET")},
                               {"MAIL_PASSWORD", "of the environment"},
                               {"MAIL_PASSWORD_FILE", path("rekey_MAIL_PASSWORD")},
                               {"DATABASE_URL_FILE", "/of/the/environment"}};
  CHECK(with_credentials(
            {{"SEED_SECRET", ""}, {"MAIL_PASSWORD", "of the environment"}, {"DATABASE_URL_FILE", "/of/the/environment"}},
            folder) == expected);
  CHECK(with_credentials({}, "/nowhere").empty());
  std::filesystem::remove_all(folder);
}

TEST_CASE("a value and its credential contradict each other, by the credential's name", "[settings_source]") {
  const auto read = [](const auto&) { return std::optional<std::string>("from file"); };
  const auto both = gather_settings({{"DATABASE_URL", "a"}, {"DATABASE_URL_FILE", "/run/rekey_DATABASE_URL"}}, {}, read);
  REQUIRE(both.problems.size() == 1);
  CHECK(both.problems[0] == "DATABASE_URL and the credential rekey_DATABASE_URL are both set: set only one of them");
}

TEST_CASE("a value and its file contradict each other, but the environment's file takes precedence over the value in .env",
          "[settings_source]") {
  const auto read = [](const auto&) { return std::optional<std::string>("from file"); };
  const auto both = gather_settings({{"SEED_SECRET", "a"}, {"SEED_SECRET_FILE", "/f"}}, {}, read);
  REQUIRE(both.problems.size() == 1);
  CHECK(both.problems[0] == "SEED_SECRET and SEED_SECRET_FILE are both set: set only one of them");
  const auto ranked = gather_settings({{"SEED_SECRET_FILE", "/f"}}, {{"SEED_SECRET", "b"}}, read);
  CHECK(ranked.found.at("SEED_SECRET").value == "from file");
  CHECK(ranked.problems.empty());
}

TEST_CASE("a file's value ends before its line end", "[settings_source]") {
  const auto path = std::filesystem::temp_directory_path() / ("rekey_setting_" + std::to_string(::getpid()));
  for (const auto& [content, value] :
       {std::pair("secret\n", "secret"), {"secret\r\n", "secret"}, {"secret", "secret"}, {"a\nb\n", "a\nb"}}) {
    std::ofstream(path, std::ios::binary) << content;
    CHECK(read_setting_file(path) == value);
  }
  std::filesystem::remove(path);
  CHECK(read_setting_file(path) == std::nullopt);
}

TEST_CASE("an unknown name in .env causes a warning, a setting of the edge does not", "[settings_source]") {
  const SettingMap file{{"MAIL_SERVR", "x"},
                        {"MAIL_SERVER", "x"},
                        {"SEED_SECRET_FILE", "/f"},
                        {"ORIGIN_URLS", "x"},
                        {"LIMIT_RESET_PER_CLIENT", "x"},
                        {"LIMITER_OBJECTS", "32"},
                        {"AUTH_PREFIX", "/auth"}};
  const auto texts = gather_settings({}, file, [](const auto&) { return std::optional<std::string>("x"); });
  REQUIRE(texts.warnings.size() == 1);
  CHECK(texts.warnings[0] == "MAIL_SERVR in .env is not a setting; MAIL_SERVER is one");
}

TEST_CASE("a name in the environment causes a warning only if it resembles a setting", "[settings_source]") {
  const SettingMap environment{{"MAIL_SERVER", "x"},     {"MAIL_HOST", "x"},      {"DATABSE_URL", "x"},
                               {"SEED_SECRT_FILE", "x"}, {"ARGON2_THREADS", "x"}, {"MAIL", "/var/mail/me"},
                               {"DATABASE_NAME", "x"},   {"PATH", "x"},           {"LIMIT_FORGOT_PER_CLIENT", "1/1"},
                               {"ORIGIN_URLS", "x"}};
  const auto texts = gather_settings(environment, {}, no_file);
  CHECK(texts.warnings == std::vector<std::string>{"ARGON2_THREADS in the environment is not a setting",
                                                   "DATABSE_URL in the environment is not a setting; DATABASE_URL is one",
                                                   "MAIL_HOST in the environment is not a setting",
                                                   "SEED_SECRT_FILE in the environment is not a setting; SEED_SECRET is one"});
}

TEST_CASE("no setting that the edge reads is unknown to the origin", "[settings_source]") {
  const auto source = read_setting_file(std::filesystem::path(REKEY_SOURCE_DIR) / "edge/core/settings.cpp");
  REQUIRE(source);
  constexpr std::string_view kRead = "raw.get(\"";
  SettingMap file;
  for (auto at = source->find(kRead); at != source->npos; at = source->find(kRead, at + 1)) {
    const auto begin = at + kRead.size();
    file[source->substr(begin, source->find('"', begin) - begin)] = "x";
  }
  CHECK(file.size() > 10);
  CHECK(gather_settings({}, file, no_file).warnings.empty());
}

TEST_CASE(".env is read line by line", "[settings_source][B1]") {
  const auto map =
      dot_env("# settings\n\nA=1\n  B = two words  \nexport C=3\r\nD=\"quoted # here\"\nE='single'\nF=v # why\nG=a#b\nH=\nI=a=b");
  const SettingMap expected{{"A", "1"},   {"B", "two words"}, {"C", "3"},  {"D", "quoted # here"}, {"E", "single"}, {"F", "v"},
                            {"G", "a#b"}, {"H", ""},          {"I", "a=b"}};
  CHECK(map == expected);
}

TEST_CASE("a comment after a quoted value in .env is no part of the value", "[settings_source][B1]") {
  const auto map = dot_env(
      "A=\"My name\" # why\nB='x'  # it's \"so\"\nC=\"a # b\" # c\nD=\"a\"b\"\nE=\"a\"#b\nF=\"a # b\nG=\" # a\nH=\"\" # "
      "none\nI=\"a\" b");
  const SettingMap expected{{"A", "My name"}, {"B", "x"},  {"C", "a # b"}, {"D", "a\"b"},   {"E", "\"a\"#b"},
                            {"F", "\"a"},     {"G", "\""}, {"H", ""},      {"I", "\"a\" b"}};
  CHECK(map == expected);
}

TEST_CASE("a comment after the equals sign in .env leaves the value empty", "[settings_source][B1]") {
  const auto map = dot_env("A= # none\nB=   #\nC=#a\nD=\t#b");
  const SettingMap expected{{"A", ""}, {"B", ""}, {"C", "#a"}, {"D", "#b"}};
  CHECK(map == expected);
}

TEST_CASE("a malformed line of .env is reported by its number, not by its text", "[settings_source]") {
  std::vector<std::string> problems;
  parse_dot_env("A=1\nhunter2\n=x\nlower=x\n", problems);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0] == "line 2 of .env is not NAME=value");
  CHECK(problems[1] == "line 3 of .env is not NAME=value");
  CHECK(problems[2] == "line 4 of .env is not NAME=value");
}

TEST_CASE("the example .env has every setting, and no secret", "[settings_source][B1]") {
  const auto text = read_setting_file(std::filesystem::path(REKEY_SOURCE_DIR) / ".env.example");
  REQUIRE(text);
  for (const auto& row : setting_table()) {
    INFO(row.name);
    const bool stands_there = ("\n" + *text).find("\n" + std::string(row.name) + "=") != text->npos ||
                              ("\n" + *text).find("\n# " + std::string(row.name) + "=") != text->npos;
    CHECK(stands_there);
  }
  const auto texts = gather_settings({}, dot_env(*text), no_file);
  CHECK(texts.warnings.empty());
  for (const auto& row : setting_table()) {
    if (row.secrecy == Secrecy::kSecret && row.name != "DATABASE_URL") CHECK_FALSE(texts.found.contains(row.name));
  }
}

}  // namespace rekey::test
