#include "origin/system/log_writer.h"

#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

#include "origin/system/log_file.h"

namespace rekey {
namespace {

constexpr std::size_t kKeptCapacity = 64 * 1024;  // of a buffer after its lines are written: a flood's memory is given back

// A reader that goes away ends only the write, not the process.
void hold_broken_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

struct LogWriter::Work {
  Work(const LogWriterSettings& given, Describe describing)
      : settings(given), describe(std::move(describing)), file(settings.file) {}

  void run();
  bool next(std::string& batch);
  void reopen_file();
  void tell_of_lost_lines();
  std::string line_about(Event event, std::uint64_t lines) const noexcept;

  std::size_t room_for(LineWeight weight) const { return weight == LineWeight::kUrgent ? settings.room : settings.room / 4 * 3; }
  void wake() {
    if (std::exchange(asleep, false)) called.notify_one();
  }

  const LogWriterSettings settings;
  const Describe describe;
  LogFile file;            // of the thread alone
  std::uint64_t told = 0;  // of the thread alone: lost lines that a line has told of
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint64_t> failed_reopens{0};

  std::mutex mutex;  // guards all below; held for an append or a swap, never for a write
  std::condition_variable called;
  std::condition_variable finished;
  std::string waiting;
  bool asleep = false;
  bool reopen_wanted = false;
  bool ending = false;
  bool ended = false;
};

void LogWriter::Work::run() {
  hold_broken_pipe_signal();
  std::string batch;
  while (next(batch)) {
    lost += file.write(batch);
    tell_of_lost_lines();
  }
  const std::lock_guard lock(mutex);
  ended = true;
  finished.notify_all();
}

// Waits for lines, then for more of them. Returns: false at the end, when all are written.
bool LogWriter::Work::next(std::string& batch) {
  batch.clear();
  if (batch.capacity() > kKeptCapacity) batch.shrink_to_fit();
  std::unique_lock lock(mutex);
  while (waiting.empty() && !reopen_wanted && !ending) {
    asleep = true;
    called.wait(lock);
  }
  asleep = false;
  called.wait_for(lock, settings.gather, [this] { return ending; });
  batch.swap(waiting);
  const bool reopens = std::exchange(reopen_wanted, false);
  const bool goes_on = !batch.empty() || reopens || !ending;
  lock.unlock();
  if (reopens) reopen_file();
  return goes_on;
}

void LogWriter::Work::reopen_file() {
  if (!file.has_path()) return;
  const bool reopened = file.reopen();
  if (!reopened) ++failed_reopens;
  lost += file.write(line_about(reopened ? Event::kLogReopened : Event::kLogNotReopened, 0));
}

// Once for all lines that are missing at this place.
void LogWriter::Work::tell_of_lost_lines() {
  const auto now = lost.load();
  if (now == told) return;
  if (file.write(line_about(Event::kLogLinesLost, now - told)) == 0) told = now;
}

std::string LogWriter::Work::line_about(Event event, std::uint64_t lines) const noexcept {
  try {
    return describe(event, lines);
  } catch (const std::bad_alloc&) {
    return {};
  }
}

LogWriter::LogWriter(const LogWriterSettings& settings, Describe describe)
    : work_(std::make_shared<Work>(settings, std::move(describe))), thread_([work = work_] { work->run(); }) {}

LogWriter::~LogWriter() {
  std::unique_lock lock(work_->mutex);
  work_->ending = true;
  work_->called.notify_one();
  const bool written = work_->finished.wait_for(lock, work_->settings.farewell, [this] { return work_->ended; });
  lock.unlock();
  written ? thread_.join() : thread_.detach();
}

void LogWriter::add(std::string_view line, LineWeight weight) noexcept {
  try {
    const std::lock_guard lock(work_->mutex);
    if (work_->waiting.size() + line.size() > work_->room_for(weight)) return lose_line();
    work_->waiting += line;
    work_->wake();
  } catch (const std::bad_alloc&) {
    lose_line();
  }
}

void LogWriter::lose_line() noexcept { ++work_->lost; }

void LogWriter::reopen() noexcept {
  const std::lock_guard lock(work_->mutex);
  work_->reopen_wanted = true;
  work_->wake();
}

std::uint64_t LogWriter::lost_lines() const noexcept { return work_->lost; }
std::uint64_t LogWriter::failed_reopens() const noexcept { return work_->failed_reopens; }

}  // namespace rekey
