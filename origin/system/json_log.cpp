#include "origin/system/json_log.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <new>

#include "shared/codec/json_writer.h"

namespace rekey {
namespace {

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(millis));
  return text.data();
}

std::string_view word_of(LogLevel level) {
  if (level == LogLevel::kError) return "error";
  return level == LogLevel::kWarning ? "warning" : "info";
}

std::string line_of(const JsonLogSettings& settings, Event event, std::string_view request_id,
                    std::span<const EventField> fields) {
  return format_event(utc_now(), settings.origin, event, request_id, fields) + "\n";
}

// In: the settings by value: the writer's thread may outlive the log.
LogWriter::Describe describe_writer(JsonLogSettings settings) {
  return [settings = std::move(settings)](Event event, std::uint64_t lines) -> std::string {
    if (row_of(event).level < settings.level) return {};
    if (event != Event::kLogLinesLost) return line_of(settings, event, "", {});
    const EventField number("lines", static_cast<std::int64_t>(lines));
    return line_of(settings, event, "", {&number, 1});
  };
}

LogWriterSettings writer_settings(const JsonLogSettings& settings) {
  LogWriterSettings writer;
  writer.file = settings.file;
  return writer;
}

}  // namespace

std::string format_event(std::string_view time, std::string_view origin, Event event, std::string_view request_id,
                         std::span<const EventField> fields) {
  JsonWriter json;
  const EventRow& row = row_of(event);
  json.begin_object().member("time", time).member("level", word_of(row.level)).member("event", row.name);
  if (!origin.empty()) json.member("origin", origin);
  if (!request_id.empty()) json.member("request_id", request_id);
  for (const auto& field : fields) {
    json.key(field.name);
    if (field.kind == EventField::Kind::kNumber) {
      json.integer(field.number);
    } else {
      json.string(field.text);
    }
  }
  return json.end_object().take();
}

JsonLog::JsonLog(const JsonLogSettings& settings)
    : settings_(settings), writer_(writer_settings(settings), describe_writer(settings)) {}

void JsonLog::record(Event event, std::string_view request_id, std::span<const EventField> fields) {
  const auto level = row_of(event).level;
  if (level < settings_.level) return;
  try {
    const auto weight = level == LogLevel::kError ? LineWeight::kUrgent : LineWeight::kOrdinary;
    writer_.add(line_of(settings_, event, request_id, fields), weight);
  } catch (const std::bad_alloc&) {
    writer_.lose_line();  // the caller must go on
  }
}

}  // namespace rekey
