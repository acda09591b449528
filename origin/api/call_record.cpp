#include "origin/api/call_record.h"

#include <new>

namespace rekey {
namespace {

// The use cases know nothing of calls, and serve all threads with one object: so the record is found by the thread.
thread_local CallRecord* record_of_this_thread = nullptr;

}  // namespace

void CallEvents::record(Event event, std::string_view request_id, std::span<const EventField> fields) {
  CallRecord* const open = record_of_this_thread;
  if (open == nullptr) return log_.record(event, request_id, fields);
  try {
    open->held_.push_back({event, std::string(request_id), {fields.begin(), fields.end()}});
  } catch (const std::bad_alloc&) {
    log_.record(event, request_id, fields);
  }
}

CallRecord::CallRecord(CallEvents& events, Metrics& metrics, const Clock& clock, std::chrono::steady_clock::time_point arrived)
    : log_(events.log_), metrics_(metrics), clock_(clock), arrived_(arrived) {
  record_of_this_thread = this;
}

CallRecord::~CallRecord() {
  record_of_this_thread = nullptr;
  const auto duration = clock_.steady_now() - arrived_;
  if (!use_case_.empty()) metrics_.request_done(use_case_, outcome_, duration);
  for (auto& held : held_) write(held, std::chrono::duration_cast<std::chrono::microseconds>(duration));
}

void CallRecord::write(HeldEvent& held, std::chrono::microseconds duration) {
  try {
    if (!use_case_.empty()) held.fields.emplace_back("use_case", use_case_);
    held.fields.emplace_back("outcome", outcome_);
    held.fields.emplace_back("duration_us", std::int64_t{duration.count()});
  } catch (const std::bad_alloc&) {  // the event is worth more than how its call ended
  }
  log_.record(held.event, held.request_id, held.fields);
}

}  // namespace rekey
