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

TEST_CASE("a line end in a field does not end the line", "[operation_log]") {
  const auto line = format_event("T", Event::kFault, "", {{"exception", "a\n{\"event\":\"forged\"}"}});
  CHECK(line.find('\n') == line.npos);
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
