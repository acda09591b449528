#include <catch2/catch.hpp>
#include <set>

#include "origin/system/json_log.h"

namespace rekey::test {

TEST_CASE("G04: an event is one line of JSON with its time and request id", "[operation_log][G04]") {
  CHECK(format_event("2026-11-21T03:35:09.001Z", Event::kForgotAccepted, "AbCdEfGhIjKlMnOpQrStUv", {}) ==
        R"({"time":"2026-11-21T03:35:09.001Z","level":"info","event":"forgot.accepted","request_id":"AbCdEfGhIjKlMnOpQrStUv"})");
  CHECK(format_event("T", Event::kMailDead, "", {{"smtp_code", 550}, {"state", "rejected"}}) ==
        R"({"time":"T","level":"warning","event":"mail.dead","smtp_code":550,"state":"rejected"})");
}

TEST_CASE("a line's end in a field does not end the line", "[operation_log]") {
  const auto line = format_event("T", Event::kFault, "", {{"exception", "a\n{\"event\":\"forged\"}"}});
  CHECK(line.find('\n') == line.npos);
}

TEST_CASE("every event has a name of its own", "[operation_log]") {
  std::set<std::string_view> names;
  const auto last = static_cast<int>(Event::kStopped);
  for (int event = 0; event <= last; ++event) names.insert(name_of(static_cast<Event>(event)));
  CHECK(names.size() == static_cast<std::size_t>(last) + 1);
}

TEST_CASE("what a person has to look at is an error", "[operation_log]") {
  CHECK(level_of(Event::kUnknownAuthenticToken) == LogLevel::kError);
  CHECK(level_of(Event::kRelayRefuses) == LogLevel::kError);
  CHECK(level_of(Event::kUnsigned) == LogLevel::kWarning);
  CHECK(level_of(Event::kForgotAccepted) == LogLevel::kInfo);
}

}  // namespace rekey::test
