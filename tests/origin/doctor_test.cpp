// What `rekey-origin doctor` reports on a good installation and on broken ones.
#include <catch2/catch.hpp>
#include <sstream>

#include "origin/commands/commands.h"
#include "tests/origin/database.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

struct Verdict {
  int exit_code = 0;
  std::string report;
};

Verdict verdict_on(const SettingMap& changes) {
  SettingMap given{
      {"EDGE_ORIGIN_KEYS", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"RESET_PASSWORD_TOKEN_SECRET", "1:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"SEED_SECRET", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"FRONTEND_URL", "https://accounts.example.com"},
      {"MAIL_SERVER", "127.0.0.1"},
      {"MAIL_TLS", "none"},
      {"MAIL_FROM", "rekey@example.com"},
  };
  for (const auto& [name, value] : changes) given[name] = value;
  SettingTexts texts = gather_settings(given, {}, [](const auto&) { return std::nullopt; });
  const auto settings = interpret_settings(texts);
  std::ostringstream out;
  const int exit_code = examine(settings ? &*settings : nullptr, texts, out);
  return {exit_code, out.str()};
}

std::string port_of_nobody() { return std::to_string(SmtpServer().port()); }

}  // namespace

TEST_CASE("doctor finds nothing wrong with a good installation, and sends nothing to the relay", "[doctor]") {
  const TestDatabase database;
  const SmtpServer relay;
  const auto verdict = verdict_on({{"DATABASE_URL", database.url()}, {"MAIL_PORT", std::to_string(relay.port())}});
  CHECK(verdict.report ==
        "ok    settings\nok    database and its schema\nok    the database's clock\nok    templates\nok    mail relay\n");
  CHECK(verdict.exit_code == 0);
  CHECK(relay.connections() == 1);
  CHECK(relay.mails().empty());
}

TEST_CASE("doctor names each fault, and checks the rest nevertheless", "[doctor]") {
  const TestDatabase database;
  const TestDatabase empty(TestDatabase::Schema::kEmpty);
  SmtpServer relay;
  SettingMap given{{"DATABASE_URL", database.url()}, {"MAIL_PORT", std::to_string(relay.port())}};
  std::vector<std::string> wrong;
  SECTION("the database does not answer") {
    given["DATABASE_URL"] = "host=/nowhere dbname=rekey password=hunter2-must-not-be-seen";
    wrong = {"database and its schema: ", "the database's clock: the database does not answer"};
  }
  SECTION("the schema is missing") {
    given["DATABASE_URL"] = empty.url();
    wrong = {"database and its schema: the database lacks migration 0001"};
  }
  SECTION("the templates are missing") {
    given["TEMPLATES_DIR"] = "/nowhere";
    wrong = {"templates: "};
  }
  SECTION("nothing answers at the relay's address") {
    given["MAIL_PORT"] = port_of_nobody();
    wrong = {"mail relay: no server answers at MAIL_SERVER and MAIL_PORT"};
  }
  SECTION("something else answers there") {
    relay.reply_once("greeting", "554 no mail here");
    wrong = {"mail relay: the server at MAIL_SERVER and MAIL_PORT is no mail relay"};
  }
  const auto verdict = verdict_on(given);
  INFO(verdict.report);
  for (const auto& line : wrong) CHECK_THAT(verdict.report, Catch::Contains("WRONG " + line));
  CHECK(std::count(verdict.report.begin(), verdict.report.end(), '\n') == 5);
  std::size_t told = 0;
  for (std::size_t at = verdict.report.find("WRONG "); at != std::string::npos; at = verdict.report.find("WRONG ", at + 1))
    ++told;
  CHECK(told == wrong.size());
  CHECK(verdict.exit_code == 1);
  CHECK_THAT(verdict.report, !Catch::Contains("hunter2"));
}

TEST_CASE("doctor names every wrong setting, and then checks nothing else", "[doctor]") {
  const auto verdict = verdict_on({{"MAIL_PORT", "0"}});
  CHECK(verdict.report ==
        "WRONG settings: DATABASE_URL must be set\nWRONG settings: MAIL_PORT must be a number from 1 to 65535\n");
  CHECK(verdict.exit_code == 2);
}

}  // namespace rekey::test
