// The event log as JSON lines, on standard error or in a file. log_writer.h writes them, in a thread of its own.
// {"time":"2026-11-21T03:19:50.123Z","level":"info","event":"forgot.accepted","origin":"host:8080","request_id":"..."}
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "origin/ports/event_log.h"
#include "origin/system/log_writer.h"

namespace rekey {

struct JsonLogSettings {
  LogLevel level = LogLevel::kInfo;  // events below it are not written
  std::string origin{};              // which origin: in every line, unless ""
  std::string file{};                // "" for standard error
};

class JsonLog final : public EventLog {
 public:
  // Throws: std::runtime_error that names LOG_FILE and the reason.
  explicit JsonLog(const JsonLogSettings& settings);

  void record(Event event, std::string_view request_id, std::span<const EventField> fields) override;

  // Soon opens the file again, which a tool may have renamed. For standard error it does nothing.
  void reopen() { writer_.reopen(); }

  std::uint64_t lost_lines() const { return writer_.lost_lines(); }
  std::uint64_t failed_reopens() const { return writer_.failed_reopens(); }

 private:
  const JsonLogSettings settings_;
  LogWriter writer_;
};

// Returns: one line of the log as JsonLog writes it, without its end.
std::string format_event(std::string_view time, std::string_view origin, Event event, std::string_view request_id,
                         std::span<const EventField> fields);
inline std::string format_event(std::string_view time, std::string_view origin, Event event, std::string_view request_id,
                                std::initializer_list<EventField> fields) {
  return format_event(time, origin, event, request_id, std::span(fields.begin(), fields.size()));
}

}  // namespace rekey
