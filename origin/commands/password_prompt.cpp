#include "origin/commands/password_prompt.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

namespace rekey {
namespace {

class EchoOff {
 public:
  EchoOff() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      throw std::runtime_error("the terminal's echo can't be switched off; pipe the password in");
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~EchoOff() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
};

SecretText read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) throw std::runtime_error("standard input holds no password: write it there as one line");
  if (line.ends_with('\r')) line.pop_back();
  return SecretText(std::move(line));
}

}  // namespace

SecretText read_password(std::string_view question) {
  if (::isatty(STDIN_FILENO) == 0) return read_line();
  std::cerr << question << std::flush;
  const EchoOff silence;
  auto password = read_line();
  std::cerr << "\n";
  return password;
}

}  // namespace rekey
