// Runs work that may hang, such as a question to the database, in a thread of its own: callers wait for its end only so long.
// Callers at the same time share a run; one that comes when the run has had its time is told so at once. The operation listener
// asks the database through it, so that it always answers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace rekey {

class BoundedCall {
 public:
  explicit BoundedCall(std::function<void()> work);
  ~BoundedCall();  // waits for a run under way
  BoundedCall(const BoundedCall&) = delete;
  BoundedCall& operator=(const BoundedCall&) = delete;

  // Waits for the end of the run under way; begins one if there is none.
  // In: `patience`, from the beginning of the run.
  // Throws: what `work` threw; Unavailable if the run did not end in time, in which case it goes on.
  void run_within(std::chrono::milliseconds patience);

 private:
  void loop();

  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  enum class Run : std::uint8_t { kNone, kWanted, kUnderWay } run_ = Run::kNone;
  std::chrono::steady_clock::time_point wanted_at_{};  // the run
  bool ending_ = false;
  std::uint64_t runs_ended_ = 0;
  std::exception_ptr fault_;  // of the last run that ended
  std::thread thread_;
};

}  // namespace rekey
