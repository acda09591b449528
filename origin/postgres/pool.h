// A bounded number of connections, shared by all threads. Connections are made when needed; broken ones are thrown away.
// Transactions that collide (40P01, 40001) are run again after a moment, up to three times; a connection that turns out dead
// before anything can have been done is replaced once. Everything else is the caller's Unavailable.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "origin/postgres/connection.h"

namespace rekey {

struct PostgresPoolSettings {
  std::string database_url;
  std::size_t size = 10;                         // connections at most; more than the database has cores for gains nothing
  std::chrono::milliseconds longest_wait{1000};  // for a free connection; after that the caller is told to come back
  std::chrono::milliseconds connect_pause{
      200};  // after a failed connect nobody tries again for so long: no storm on a server that is down
  PostgresTimeouts timeouts{};
  PostgresPlans plans = PostgresPlans::kFree;
};

// What a transaction's body works with.
class SqlSession {
 public:
  explicit SqlSession(PostgresConnection& connection) : connection_(connection) {}
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {}) { return connection_.run(statement, params); }

 private:
  PostgresConnection& connection_;
};

class PostgresPool {
 public:
  explicit PostgresPool(const PostgresPoolSettings& settings);  // connects to nothing yet
  ~PostgresPool();

  // Runs one statement as a transaction of its own, in one round trip.
  // In: a statement that may be run twice: where the connection broke before the answer came, it is sent once more.
  // Throws: Unavailable.
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {});

  // Runs `body` between BEGIN and COMMIT. It may be run again, so it must have no effect but in the database and on its own
  // results. Throws: Unavailable; nothing was done, but where the answer of the COMMIT was lost.
  void transact(const std::function<void(SqlSession&)>& body);

  std::size_t open_connections() const;

 private:
  class Guest;    // holds one connection for one caller
  class Retries;  // decides whether a failed run is followed by another
  std::unique_ptr<PostgresConnection> take();
  std::unique_ptr<PostgresConnection> connect();
  void give_back(std::unique_ptr<PostgresConnection> connection);
  void drop_idle();

  const PostgresPoolSettings settings_;
  const std::string conninfo_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  std::size_t open_ = 0;
  std::chrono::steady_clock::time_point no_connect_before_{};
};

}  // namespace rekey
