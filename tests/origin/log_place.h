// A temporary folder for logs, and a FIFO in it whose reader the test plays: it can stall, read on, and go away.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

namespace rekey::test {

class LogPlace {
 public:
  LogPlace() : folder_(std::filesystem::temp_directory_path() / "rekey-log-XXXXXX") {
    auto text = folder_.string();
    REQUIRE(::mkdtemp(text.data()) != nullptr);
    folder_ = text;
  }
  ~LogPlace() { std::filesystem::remove_all(folder_); }
  LogPlace(const LogPlace&) = delete;
  LogPlace& operator=(const LogPlace&) = delete;

  std::string path(const std::string& name) const { return folder_ / name; }

  std::string text(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::filesystem::path folder_;
};

class Fifo {
 public:
  explicit Fifo(const std::string& path) : path_(path) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    open();
  }
  ~Fifo() { leave(); }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;

  void open() { reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK); }
  void leave() {
    if (reader_ >= 0) ::close(std::exchange(reader_, -1));
  }

  // Bytes that wait for the reader.
  int waiting() const {
    int bytes = 0;
    ::ioctl(reader_, FIONREAD, &bytes);
    return bytes;
  }

  // Reads until the text is what the caller wants.
  std::string read_until(const std::function<bool(const std::string& text)>& is_whole) {
    std::string text;
    std::vector<char> piece(65'536);
    while (!is_whole(text)) {
      const auto count = ::read(reader_, piece.data(), piece.size());
      if (count > 0) text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  std::string read_until_line(const std::string& line) {
    return read_until([&](const std::string& text) { return text.ends_with(line); });
  }

 private:
  std::string path_;
  int reader_ = -1;
};

}  // namespace rekey::test
