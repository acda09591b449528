// The operator's commands that need no database: preview, keys, completion, manual.
#include <catch2/catch.hpp>

#include "origin/settings/settings_source.h"
#include "shared/key_ring.h"
#include "tests/origin/desk_world.h"

namespace rekey::test {
namespace {

using Catch::Contains;

// What a file of these lines would set.
SettingMap set_by(const std::string& lines) {
  std::vector<std::string> problems;
  auto map = parse_dot_env(lines, problems);
  CHECK(problems.empty());
  return map;
}

}  // namespace

TEST_CASE("preview shows each mail in each language and part, and never a real token", "[desk_texts]") {
  const DeskWorld world;
  const auto english = world.run({"preview", "reset"}).out;
  CHECK_THAT(english,
             Contains("https://accounts.example.com/reset-password#token=AAAA") && Contains("Firefox") && !Contains("{{"));
  const auto german = world.run({"preview", "reset", "--language", "de"}).out;
  CHECK(german != english);
  CHECK_THAT(german, Contains("https://accounts.example.com/reset-password#token=AAAA"));
  CHECK_THAT(world.run({"preview", "password-changed", "--part", "html"}).out, Contains("<html") && !Contains("token="));
  CHECK_THAT(world.run({"preview", "reset", "--part", "mail"}).out,
             Contains("From: ") && Contains("To: ada@example.com\r\n") && Contains("Content-Language: en\r\n"));
  CHECK(world.run({"preview", "reset", "--part", "mail"}).out == world.run({"preview", "reset", "--part", "mail"}).out);
  CHECK_THROWS_WITH(world.run({"preview", "reset", "--language", "xx"}), Contains("one of en"));
}

TEST_CASE("preview works before there are settings", "[desk_texts]") {
  DeskWorld world;
  world.values.clear();
  CHECK_THAT(world.run({"preview", "reset"}).out, Contains("https://account.example.com/reset-password#token="));
}

TEST_CASE("preview shows what serve would mail, by FEATURES and RESET_PAGE_URL, and refuses what serve refuses", "[desk_texts]") {
  DeskWorld world;
  const auto shown = [&](const SettingMap& settings) {
    for (const auto& [name, value] : settings) world.values[name] = value;
    return world.run({"preview", "password-changed"}).out + world.run({"preview", "reset"}).out;
  };
  CHECK_THAT(shown({}), Contains("logged out"));
  const auto recovery = shown({{"FEATURES", "recovery"}, {"RESET_PAGE_URL", "https://shop.example.com/new?a=b"}});
  CHECK_THAT(recovery, !Contains("logged out") && Contains("https://shop.example.com/new?a=b#token=AAAA"));
  CHECK_THROWS_WITH(shown({{"RESET_PAGE_URL", "https://shop.example.com/#new"}}), Contains("RESET_PAGE_URL must be"));
  CHECK_THROWS_WITH(shown({{"RESET_PAGE_URL", ""}, {"FEATURES", "none"}}), Contains("FEATURES"));
}

TEST_CASE("keys new prints a file of valid settings, different each time", "[desk_texts]") {
  DeskWorld world;
  const auto printed = world.run({"keys", "new"}).out;
  const auto made = set_by(printed);
  CHECK(made.size() == 4);
  CHECK(printed != world.run({"keys", "new"}).out);
  for (const auto& [name, value] : made) world.values[name] = value;
  CHECK(world.run({"user", "list"}).exit_code == 0);  // with these settings the program runs
  CHECK_THAT(world.run({"keys", "new", "--json"}).out,
             Contains("\"name\":\"SEED_SECRET\"") && Contains("every origin, and nowhere else") &&
                 Contains("\"name\":\"EDGE_METRICS_KEY\"") && Contains("every edge under workerd"));
}

TEST_CASE("keys rotate prints the next value of each step, and what comes then", "[desk_texts]") {
  DeskWorld world;
  const std::string name = "RESET_PASSWORD_TOKEN_SECRET";
  const auto first = world.values[name];
  for (const auto* step : {"add", "sign", "drop"}) {
    const auto printed = world.run({"keys", "rotate", name, "--step", step}).out;
    CHECK_THAT(printed, Contains("every origin and every edge"));
    world.values[name] = set_by(printed).at(name);
    CHECK(world.run({"user", "list"}).exit_code == 0);
  }
  CHECK(KeyRing::parse(world.values[name]).value().signing_key().id == 1);
  CHECK(world.values[name].find(first.substr(2)) == std::string::npos);
  CHECK_THROWS_WITH(world.run({"keys", "rotate", name}), Contains("--step"));
  CHECK_THROWS_WITH(world.run({"keys", "rotate", name, "--step", "drop"}), Contains("only one key"));
  CHECK_THAT(world.run({"keys", "rotate", "SEED_SECRET"}).out, Contains("SEED_SECRET=") && Contains("deliveries --state queued"));
  world.values.erase(name);
  CHECK_THROWS_WITH(world.run({"keys", "rotate", name, "--step", "add"}), Contains("keys new"));
}

TEST_CASE("migrate tells what it applied and what is left, to a reader and to a program", "[desk_texts]") {
  DeskWorld world;
  world.values["DATABASE_URL"] = world.stores.database.url();
  const auto done = world.run({"migrate", "--json"}).out;
  CHECK(rows_in(done) == 0);
  CHECK_THAT(done, Contains("\"applied\":["));
  CHECK(world.run({"migrate"}).out == "nothing to do\n");
  CHECK(world.run({"migrate", "--dry-run"}).out == "nothing to do\n");
  world.stores.database.execute("DROP TABLE schema_migrations");
  const auto steps = world.run({"migrate", "--dry-run", "--json"}).out;
  CHECK(rows_in(steps) > 0);
  CHECK_THAT(steps, Contains("\"steps\":[") && Contains("{\"step\":\"0001_schema.sql"));
}

TEST_CASE("completion and manual print without settings", "[desk_texts]") {
  DeskWorld world;
  world.values.clear();
  CHECK_THAT(world.run({"completion", "bash"}).out, Contains("complete "));
  CHECK_THAT(world.run({"completion", "fish"}).out, Contains("complete -c rekey-origin"));
  CHECK_THAT(world.run({"manual"}).out, Contains(".TH REKEY\\-ORIGIN 8"));
  CHECK_THAT(world.run({"manual", "--markdown"}).out, Contains("| command | what it does |"));
}

}  // namespace rekey::test
