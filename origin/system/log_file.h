// Where the lines of the log go: standard error, or a file that can be opened again after it was renamed. Used by one thread,
// that of log_writer.h, which may wait here for a disk or a reader as long as it takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rekey {

class LogFile {
 public:
  // In: "" for standard error. Throws: std::runtime_error that names LOG_FILE and the reason.
  explicit LogFile(std::string path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  bool has_path() const { return !path_.empty(); }

  // Opens the path anew, and makes the file if it is gone. Returns: false if it can't; then the old file stays open.
  bool reopen() noexcept;

  // In: whole lines with their ends. Returns: how many of them were not written whole.
  std::size_t write(std::string_view lines) noexcept;

 private:
  std::string_view write_some(std::string_view text) const noexcept;

  const std::string path_;
  int descriptor_ = -1;
  enum class End : unsigned char { kWhole, kTorn } end_ = End::kWhole;  // of the last line that was written
};

}  // namespace rekey
