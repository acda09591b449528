#include "origin/system/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace rekey {
namespace {

// O_NONBLOCK: a FIFO without a reader is an error, not a wait without end. 0640: the log tells who uses the service, and when.
int open_for_appending(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

// A descriptor of our own: if standard error was closed, the next file or socket that is opened would get its number.
int copy_of_standard_error() { return ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); }

std::size_t lines_in(std::string_view text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

void wait_until_writable(int descriptor) {
  pollfd waiting{descriptor, POLLOUT, 0};
  ::poll(&waiting, 1, -1);
}

}  // namespace

LogFile::LogFile(std::string path)
    : path_(std::move(path)), descriptor_(path_.empty() ? copy_of_standard_error() : open_for_appending(path_)) {
  if (descriptor_ < 0 && has_path()) {
    throw std::runtime_error("LOG_FILE names a file that cannot be opened: " + std::generic_category().message(errno));
  }
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool LogFile::reopen() noexcept {
  const int opened = open_for_appending(path_);
  if (opened < 0) return false;
  ::close(descriptor_);
  descriptor_ = opened;
  end_ = End::kWhole;
  return true;
}

std::size_t LogFile::write(std::string_view lines) noexcept {
  if (end_ == End::kTorn && !write_some("\n").empty()) return lines_in(lines);
  end_ = End::kWhole;
  const auto rest = write_some(lines);
  const auto written = lines.substr(0, lines.size() - rest.size());
  if (!written.empty() && written.back() != '\n') end_ = End::kTorn;
  return lines_in(rest);
}

// Returns: the rest, which could not be written: the disk is full, or the reader is gone.
std::string_view LogFile::write_some(std::string_view text) const noexcept {
  while (!text.empty()) {
    const auto count = ::write(descriptor_, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      wait_until_writable(descriptor_);
    } else if (count == 0 || errno != EINTR) {
      break;
    }
  }
  return text;
}

}  // namespace rekey
