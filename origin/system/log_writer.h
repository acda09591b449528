// Writes the lines of the log in a thread of its own, so that no other thread ever waits for a disk or for the log's reader.
// Lines wait in a queue of bounded size; those that do not fit, and those that the log does not take, are lost and counted. As
// soon as the log takes lines again, one line tells how many are missing. Safe from every thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "origin/ports/event_log.h"

namespace rekey {

struct LogWriterSettings {
  std::string file;                          // "" for standard error
  std::size_t room = 4 * 1024 * 1024;        // bytes of lines that wait: seconds of the fastest logging
  std::chrono::milliseconds gather{10};      // lines of this time are written together: a thread is woken at most so often
  std::chrono::milliseconds farewell{1000};  // for what waits when the object ends; what a reader does not take by then is lost
};

enum class LineWeight : std::uint8_t { kOrdinary, kUrgent };

class LogWriter {
 public:
  // What the log says of itself: kLogLinesLost with their number, kLogReopened, kLogNotReopened.
  // Returns: a line with its end, or "" for none.
  using Describe = std::function<std::string(Event event, std::uint64_t lines)>;

  // In: `describe` is called from the thread, which may outlive this object: it must own what it uses.
  // Throws: std::runtime_error as LogFile.
  LogWriter(const LogWriterSettings& settings, Describe describe);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // In: a line with its end. A quarter of the room is for urgent lines alone: a flood of others does not push them out.
  void add(std::string_view line, LineWeight weight) noexcept;
  void lose_line() noexcept;  // counts a line for which there was no memory

  // Opens the file again, soon and in the thread. Without a file it does nothing.
  void reopen() noexcept;

  std::uint64_t lost_lines() const noexcept;
  std::uint64_t failed_reopens() const noexcept;

 private:
  struct Work;
  std::shared_ptr<Work> work_;  // with the thread, which keeps it if a reader holds it up beyond this object's end
  std::thread thread_;
};

}  // namespace rekey
