#include "origin/system/json_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>

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

}  // namespace

std::string format_event(std::string_view time, Event event, std::string_view request_id,
                         std::initializer_list<EventField> fields) {
  JsonWriter json;
  const EventRow& row = row_of(event);
  json.begin_object().member("time", time).member("level", word_of(row.level)).member("event", row.name);
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

class JsonLog::Sink {
 public:
  Sink() : logger_("rekey", std::make_shared<spdlog::sinks::stderr_sink_mt>()) { logger_.set_pattern("%v"); }
  void write(std::string_view line) { logger_.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size())); }

 private:
  spdlog::logger logger_;
};

JsonLog::JsonLog(LogLevel level) : level_(level), sink_(std::make_unique<Sink>()) {}
JsonLog::~JsonLog() = default;

void JsonLog::write(Event event, std::string_view request_id, std::initializer_list<EventField> fields) {
  if (row_of(event).level < level_) return;
  try {
    sink_->write(format_event(utc_now(), event, request_id, fields));
  } catch (const std::exception&) {
    std::fputs("{\"event\":\"log.lost\"}\n", stderr);  // no memory for a line; the caller must go on
  }
}

}  // namespace rekey
