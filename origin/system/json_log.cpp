#include "origin/system/json_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iterator>

#include "shared/codec/json_writer.h"

namespace rekey {
namespace {

struct EventRow {
  Event event;
  LogLevel level;
  std::string_view name;
};

constexpr EventRow kEvents[] = {
    {Event::kForgotAccepted, LogLevel::kInfo, "forgot.accepted"},
    {Event::kShapeRejected, LogLevel::kWarning, "shape.reject"},
    {Event::kUnsigned, LogLevel::kWarning, "origin.unsigned"},
    {Event::kReplayed, LogLevel::kWarning, "request.replayed"},
    {Event::kRegistered, LogLevel::kInfo, "user.registered"},
    {Event::kLoggedIn, LogLevel::kInfo, "session.opened"},
    {Event::kLoginFailed, LogLevel::kInfo, "session.refused"},
    {Event::kLoggedOut, LogLevel::kInfo, "session.ended"},
    {Event::kSessionsRevoked, LogLevel::kInfo, "sessions.revoked"},
    {Event::kPasswordReset, LogLevel::kInfo, "password.reset"},
    {Event::kPasswordChanged, LogLevel::kInfo, "password.changed"},
    {Event::kPasswordRefused, LogLevel::kInfo, "password.refused"},
    {Event::kResetTokenRefused, LogLevel::kInfo, "reset.bad_token"},
    {Event::kUnknownAuthenticToken, LogLevel::kError, "alarm.mac_ok_unknown_token"},
    {Event::kResetCancelled, LogLevel::kInfo, "reset.cancelled"},
    {Event::kMailTaken, LogLevel::kInfo, "mail.taken"},
    {Event::kMailPutBack, LogLevel::kWarning, "mail.put_back"},
    {Event::kMailDead, LogLevel::kWarning, "mail.dead"},
    {Event::kRelayRefuses, LogLevel::kError, "alarm.relay_refuses"},
    {Event::kHookFailed, LogLevel::kWarning, "hook.failed"},
    {Event::kUnavailable, LogLevel::kWarning, "origin.unavailable"},
    {Event::kFault, LogLevel::kError, "origin.fault"},
    {Event::kClockApart, LogLevel::kError, "alarm.clock"},
    {Event::kTooManyHashKinds, LogLevel::kError, "alarm.hash_kinds"},
    {Event::kAccountSwitched, LogLevel::kInfo, "user.switched"},
    {Event::kStarted, LogLevel::kInfo, "origin.started"},
    {Event::kStopping, LogLevel::kInfo, "origin.stopping"},
    {Event::kStopped, LogLevel::kInfo, "origin.stopped"},
};

const EventRow& row_of(Event event) {
  const auto found = std::ranges::find(kEvents, event, &EventRow::event);
  if (found == std::end(kEvents)) __builtin_trap();
  return *found;
}

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

std::string_view name_of(Event event) { return row_of(event).name; }
LogLevel level_of(Event event) { return row_of(event).level; }

std::string format_event(std::string_view time, Event event, std::string_view request_id,
                         std::initializer_list<EventField> fields) {
  JsonWriter json;
  json.begin_object().member("time", time).member("level", word_of(level_of(event))).member("event", name_of(event));
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
  if (level_of(event) < level_) return;
  try {
    sink_->write(format_event(utc_now(), event, request_id, fields));
  } catch (const std::exception&) {
    std::fputs("{\"event\":\"log.lost\"}\n", stderr);  // no memory for a line; the caller must go on
  }
}

}  // namespace rekey
