#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "origin/system/json_log.h"
#include "tests/origin/log_place.h"

namespace rekey::test {

TEST_CASE("G04: an event is one line of JSON with its time and request id", "[operation_log][G04]") {
  CHECK(format_event("2026-11-21T03:35:09.001Z", "host:8080", Event::kForgotAccepted, "AbCdEfGhIjKlMnOpQrStUv", {}) ==
        R"({"time":"2026-11-21T03:35:09.001Z","level":"info","event":"forgot.accepted","origin":"host:8080",)"
        R"("request_id":"AbCdEfGhIjKlMnOpQrStUv"})");
  CHECK(format_event("T", "", Event::kMailDead, "", {{"smtp_code", 550}, {"state", "rejected"}}) ==
        R"({"time":"T","level":"warning","event":"mail.dead","smtp_code":550,"state":"rejected"})");
}

TEST_CASE("a line end in a field does not end the line", "[operation_log]") {
  const auto line = format_event("T", "", Event::kFault, "", {{"exception", "a\n{\"event\":\"forged\"}"}});
  CHECK(line.find('\n') == line.npos);
}

TEST_CASE("the log holds events of its level and above, each with the origin's name", "[operation_log]") {
  const LogPlace place;
  {
    JsonLog log({.level = LogLevel::kWarning, .origin = "east", .file = place.path("log")});
    log.write(Event::kForgotAccepted, "");
    log.write(Event::kUnsigned, "");
    log.write(Event::kFault, "");
  }
  const auto text = place.text("log");
  CHECK(text.find("forgot.accepted") == text.npos);
  CHECK_THAT(text, Catch::Contains(R"("level":"warning","event":"origin.unsigned","origin":"east"})") &&
                       Catch::EndsWith("\"level\":\"error\",\"event\":\"origin.fault\",\"origin\":\"east\"}\n"));
}

TEST_CASE("a log that was opened again begins with the event, unless its level leaves it out", "[operation_log]") {
  const LogPlace place;
  const auto level = GENERATE(LogLevel::kInfo, LogLevel::kError);
  {
    JsonLog log({.level = level, .origin = "", .file = place.path("log")});
    log.reopen();
    log.write(Event::kFault, "");
  }
  CHECK((place.text("log").find(R"("event":"log.reopened")") != std::string::npos) == (level == LogLevel::kInfo));
}

TEST_CASE("events that a full disk does not take are counted", "[operation_log]") {
  JsonLog log({.level = LogLevel::kInfo, .origin = "", .file = "/dev/full"});
  log.write(Event::kForgotAccepted, "");
  while (log.lost_lines() == 0) std::this_thread::yield();
  CHECK(log.lost_lines() == 1);
}

TEST_CASE("every event has a name of its own", "[operation_log]") {
  std::set<std::string_view> names;
  const auto last = static_cast<int>(Event::kStopped);
  for (int event = 0; event <= last; ++event) names.insert(row_of(static_cast<Event>(event)).name);
  CHECK(names.size() == static_cast<std::size_t>(last) + 1);
}

TEST_CASE("events that need a person's attention are errors", "[operation_log]") {
  CHECK(row_of(Event::kUnknownAuthenticToken).level == LogLevel::kError);
  CHECK(row_of(Event::kRelayDown).level == LogLevel::kError);
  CHECK(row_of(Event::kUnsigned).level == LogLevel::kWarning);
  CHECK(row_of(Event::kForgotAccepted).level == LogLevel::kInfo);
}

}  // namespace rekey::test
