// Wakes a thread that waits in epoll. poke() may be called from any thread and from a signal handler.
#pragma once

#include "origin/http/file_descriptor.h"

namespace rekey {

class WakeUp {
 public:
  WakeUp();  // Throws: std::system_error.
  void poke();
  void clear();
  int fd() const { return event_.get(); }

 private:
  FileDescriptor event_;
};

}  // namespace rekey
