// The whole of `rekey-origin doctor`: its report, and the checks that need no server.
#include "origin/doctor/doctor.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "origin/doctor/clock_check.h"
#include "origin/doctor/machine_check.h"
#include "tests/origin/database.h"
#include "tests/origin/doctor_world.h"
#include "tests/origin/smtp_server.h"

namespace rekey::test {
namespace {

using std::chrono::seconds;

struct DoctorRun {
  int exit_code = 0;
  std::string report;
};

DoctorRun run(const SettingMap& given, DoctorForm form = DoctorForm::kLines) {
  SettingTexts texts = gather_settings(given, {}, [](const auto&) { return std::nullopt; });
  const auto settings = interpret_settings(texts);
  std::ostringstream out;
  const int exit_code = rekey::examine(settings ? &*settings : nullptr, texts, {form, "", kDoctorPatience}, out);
  return {exit_code, out.str()};
}

std::string cause(const Finding& finding) { return causes_in({finding}); }

constexpr std::uint64_t kMiB = 1024 * 1024;

ServiceSettings service() {
  ServiceSettings settings;
  settings.database_pool_size = 10;
  settings.mail_senders = 4;
  settings.hash_parallel = 2;
  settings.password_format.argon2.memory_kib = 64 * 1024;
  return settings;
}

std::string machine_cause(const MachineLimits& limits) { return causes_in(judge_machine(service(), limits)); }

}  // namespace

TEST_CASE("doctor reports each check in a line, and exits with 0 if nothing is wrong", "[doctor]") {
  const TestDatabase database;
  const SmtpServer relay;
  const auto [exit_code, report] = run(
      with_doctor_defaults({{"DATABASE_URL", database.url()}, {"MAIL_PORT", std::to_string(relay.port())}, {"MAIL_HOST", "x"}}));
  INFO(report);
  CHECK(exit_code == 0);
  CHECK_THAT(report, Catch::StartsWith("note  settings: MAIL_HOST in the environment is not a setting\nok    settings\n"));
  for (const auto* check : {"templates", "database", "mail relay", "clocks"}) {
    CHECK_THAT(report, Catch::Contains("\nok    " + std::string(check) + "\n"));
  }
  CHECK_THAT(report,
             Catch::Contains("\nok    origin: it does not run; its ports are free\nnote  edge: nothing listens at FRONTEND_URL"));
  CHECK(relay.mails().empty());
}

TEST_CASE("doctor goes on after a fault, names each, and exits with 1", "[doctor]") {
  const auto [exit_code, report] = run(with_doctor_defaults({{"TEMPLATES_DIR", "/nowhere"}, {"MAIL_PORT", port_of_nobody()}}));
  INFO(report);
  CHECK(exit_code == 1);
  for (const auto* check : {"templates", "database", "mail relay"})
    CHECK_THAT(report, Catch::Contains("\nWRONG " + std::string(check) + ": "));
  CHECK_THAT(report, Catch::Contains("\nnote  clocks: "));
}

TEST_CASE("doctor examines both relays", "[doctor]") {
  const SmtpServer relay;
  const auto report = run(with_doctor_defaults({{"MAIL_PORT", std::to_string(relay.port())},
                                                {"MAIL_FALLBACK_SERVER", "127.0.0.1"},
                                                {"MAIL_FALLBACK_PORT", port_of_nobody()},
                                                {"MAIL_FALLBACK_TLS", "none"}}))
                          .report;
  CHECK_THAT(report, Catch::Contains("\nok    mail relay\nWRONG fallback relay: nothing listens at MAIL_FALLBACK_SERVER and "
                                     "MAIL_FALLBACK_PORT: "));
}

TEST_CASE("doctor names every wrong setting, checks nothing else, and exits with 2", "[doctor]") {
  auto given = with_doctor_defaults({{"MAIL_PORT", "0"}});
  given.erase("DATABASE_URL");
  const auto [exit_code, report] = run(given);
  CHECK(exit_code == 2);
  CHECK(report == "WRONG settings: DATABASE_URL must be set\nWRONG settings: MAIL_PORT must be a number from 1 to 65535\n");
}

TEST_CASE("doctor --json writes one document with a word for each cause", "[doctor]") {
  const auto wrong = run({{"MAIL_HOST", "x"}}, DoctorForm::kJson);
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.report,
             Catch::StartsWith(R"({"verdict":"wrong","findings":[{"check":"settings","verdict":"note","cause":"unknown",)"
                               R"("text":"MAIL_HOST in the environment is not a setting"},)"));
  const auto faulty = run(with_doctor_defaults({{"MAIL_PORT", port_of_nobody()}}), DoctorForm::kJson);
  CHECK(faulty.exit_code == 1);
  CHECK_THAT(faulty.report, Catch::Contains(R"({"check":"mail relay","verdict":"wrong","cause":"port","text":")") &&
                                Catch::Contains(R"({"check":"database","verdict":"wrong","cause":"socket","text":")") &&
                                Catch::Contains(R"({"check":"templates","verdict":"ok","cause":"","text":""})") &&
                                Catch::EndsWith("]}\n"));
  CHECK(std::count(faulty.report.begin(), faulty.report.end(), '\n') == 1);
}

TEST_CASE("clocks that differ by five seconds agree", "[doctor][doctor_clocks]") {
  CHECK(cause(judge_clocks({seconds(5), seconds(-5)})) == "");
  CHECK(cause(judge_clocks({seconds(-5), std::nullopt})) == "");
}

TEST_CASE("broken: of three clocks one is wrong, and doctor names it", "[doctor][doctor_clocks]") {
  CHECK(cause(judge_clocks({seconds(6), seconds(0)})) == "database");
  CHECK(cause(judge_clocks({seconds(0), seconds(-6)})) == "edge");
  CHECK(cause(judge_clocks({seconds(3600), seconds(3601)})) == "here");
  CHECK(cause(judge_clocks({seconds(3600), seconds(-3600)})) == "all");
  CHECK(judge_clocks({seconds(3600), seconds(3601)}).text ==
        "this machine's clock is 3600 s behind the database's and the edge's: set it");
}

TEST_CASE("broken: two clocks differ, and a third could not be read", "[doctor][doctor_clocks]") {
  CHECK(cause(judge_clocks({seconds(6), std::nullopt})) == "database");
  CHECK(cause(judge_clocks({std::nullopt, seconds(6)})) == "edge");
  CHECK(cause(judge_clocks({std::nullopt, std::nullopt})) == "(unread)");
}

TEST_CASE("broken: too few descriptors", "[doctor][doctor_machine]") {
  CHECK(machine_cause({.descriptors = 256}) == "descriptors");
  CHECK(machine_cause({.descriptors = 1024}) == "(descriptors)");
  CHECK(machine_cause({.descriptors = 65'536}) == "");
}

TEST_CASE("broken: too little memory for the hashes", "[doctor][doctor_machine]") {
  const std::uint64_t needed = (96 + 2 * 64) * kMiB;
  CHECK(machine_cause({.descriptors = 65'536, .group_memory = needed - 1}) == "memory");
  CHECK(machine_cause({.descriptors = 65'536, .group_memory = needed}) == "");
  CHECK(machine_cause({.descriptors = 65'536, .address_space = needed - 1}) == "memory");
  CHECK(machine_cause({.descriptors = 65'536, .available_memory = needed - 1}) == "(memory)");
}

TEST_CASE("the limits of this process are read", "[doctor][doctor_machine]") {
  const auto limits = read_machine_limits();
  CHECK(limits.descriptors >= 3);
  REQUIRE(limits.available_memory);
  CHECK(*limits.available_memory > 0);
}

}  // namespace rekey::test
