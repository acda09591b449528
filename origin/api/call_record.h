// One call of the edge, from its arrival to its answer: its use case, outcome and duration, for the metrics and for the log. The
// lines of the events that the call causes are written at its end, because each tells how the call ended. internal_routes.cpp
// opens a record for each call; the use cases log through CallEvents as if to the log itself.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "origin/ports/clock.h"
#include "origin/ports/event_log.h"
#include "origin/ports/metrics.h"

namespace rekey {

// Hands events that are written within a call of this thread to its record, and all others straight to the log. Safe from every
// thread, as a call is answered by one.
class CallEvents final : public EventLog {
 public:
  explicit CallEvents(EventLog& log) : log_(log) {}  // which outlives the object

  void record(Event event, std::string_view request_id, std::span<const EventField> fields) override;

 private:
  friend class CallRecord;
  EventLog& log_;
};

// The ports outlive the record. At most one record is open in a thread.
class CallRecord {
 public:
  CallRecord(CallEvents& events, Metrics& metrics, const Clock& clock, std::chrono::steady_clock::time_point arrived);
  ~CallRecord();  // counts a signed call, and writes the events: with `use_case`, `outcome` and `duration_us`
  CallRecord(const CallRecord&) = delete;
  CallRecord& operator=(const CallRecord&) = delete;

  // In: a word of our own, never a caller's: it becomes a label. Calls without a valid signature have none, and are not counted.
  void set_use_case(std::string_view use_case) { use_case_ = use_case; }
  // In: a word of shared/internal_calls.h, "problem_<status>" or "unavailable".
  void set_outcome(std::string_view outcome) { outcome_ = outcome; }
  bool has_outcome() const { return !outcome_.empty(); }

 private:
  friend class CallEvents;
  struct HeldEvent {
    Event event;
    std::string request_id;
    std::vector<EventField> fields;
  };
  void write(HeldEvent& held, std::chrono::microseconds duration);

  EventLog& log_;
  Metrics& metrics_;
  const Clock& clock_;
  const std::chrono::steady_clock::time_point arrived_;
  std::string_view use_case_;
  std::string outcome_;
  std::vector<HeldEvent> held_;
};

}  // namespace rekey
