// The event log as JSON lines on standard error, by spdlog, which only json_log.cpp includes.
// {"time":"2026-11-21T03:19:50.123Z","level":"info","event":"forgot.accepted","request_id":"..."}
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "origin/ports/event_log.h"

namespace rekey {

class JsonLog final : public EventLog {
 public:
  explicit JsonLog(LogLevel level);  // events below it are not written
  ~JsonLog() override;

  void write(Event event, std::string_view request_id, std::initializer_list<EventField> fields) override;

 private:
  class Sink;
  LogLevel level_;
  std::unique_ptr<Sink> sink_;
};

// Returns: one line of the log as JsonLog writes it, without its end.
std::string format_event(std::string_view time, Event event, std::string_view request_id,
                         std::initializer_list<EventField> fields);

}  // namespace rekey
