// Keeps all other runs of the migrations away, for as long as the object lives: an advisory lock of a transaction of its own.
// Why not of the session: behind a pooler that shares sessions, such a lock outlives the run. A lock of a transaction ends with
// it, and with the connection.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "origin/postgres/connection.h"

namespace rekey {

class MigrationLock {
 public:
  // Waits until no other run holds it. In: `wait` is called each time that another one does.
  MigrationLock(const std::string& conninfo, const std::function<void()>& wait);

  // Throws: Unavailable if the lock was lost with its connection.
  void require();

 private:
  bool try_once();

  PostgresConnection connection_;
};

}  // namespace rekey
