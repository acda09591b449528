// A bounded number of connections, shared by all threads. Connections are made when needed; broken ones are discarded.
// A transaction that collides (40P01, 40001) runs again after a short wait, up to three times. A connection that breaks before
// the COMMIT is replaced once, as is one to a former primary. A server that does not answer is waited for no longer than a
// statement may take, and a second. The caller gets all other faults as Unavailable.
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
  std::size_t size = 10;                         // connections at most; more than the database's cores can serve gain nothing
  std::chrono::milliseconds longest_wait{1000};  // for a free connection; then Unavailable
  std::chrono::milliseconds connect_pause{200};  // without a new try after a failed connect: spares a server that is down
  PostgresTimeouts timeouts{};
  PostgresPlans plans = PostgresPlans::kFree;
  // Beyond the statement's own time, which the server enforces: for the way, and for a commit that waits for a standby. Then the
  // connection is cut.
  std::chrono::milliseconds answer_grace{1000};
};

struct PoolFigures {
  std::size_t size = 0;        // connections at most
  std::size_t open = 0;        // connections
  std::size_t in_use = 0;      // of these
  std::size_t waiting = 0;     // callers that wait for one
  std::uint64_t waits = 0;     // callers that had to wait, since the start
  std::uint64_t refusals = 0;  // of these, callers that waited in vain
};

// A connection as the body of a transaction sees it.
class SqlSession {
 public:
  explicit SqlSession(PostgresConnection& connection) : connection_(connection) {}
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {}) { return connection_.run(statement, params); }
  void copy_in(const SqlCopy& target, std::span<const CopyRow> rows) { connection_.copy_in(target, rows); }

 private:
  PostgresConnection& connection_;
};

class PostgresPool {
 public:
  explicit PostgresPool(const PostgresPoolSettings& settings);  // connects to nothing yet
  ~PostgresPool();

  // Runs one statement as its own transaction, in one round trip.
  // In: a statement that may run twice: it is sent again if the connection breaks before the answer.
  // Throws: Unavailable.
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {});

  // The same for a statement that must not run twice: if the connection breaks, it may have been carried out or not.
  // Throws: Unavailable; then nothing was done, unless only the answer was lost.
  SqlRows run_once(const SqlStatement& statement, const SqlParams& params);

  // Runs `body` between BEGIN and COMMIT. It may run again, so it may only change the database and its own results.
  // Throws: Unavailable; then nothing was done, unless only the answer to the COMMIT was lost.
  void transact(const std::function<void(SqlSession&)>& body);

  // Ends the pool: callers under way are cut off from the database, later ones turned away. For a stop. From any thread.
  void close();

  PoolFigures figures() const;

 private:
  class Guest;    // holds one connection for one caller
  class Retries;  // decides whether to run again after a failure
  enum class Work : unsigned char { kUndone, kDone };
  SqlRows run_alone(const SqlStatement& statement, const SqlParams& params, Work if_broken);
  std::unique_ptr<PostgresConnection> take();
  void wait_for_place(std::unique_lock<std::mutex>& lock);
  std::unique_ptr<PostgresConnection> connect();
  void give_back(std::unique_ptr<PostgresConnection> connection);
  void drop_idle();

  const PostgresPoolSettings settings_;
  const DatabaseAccess access_;
  SilenceWatch watch_;  // outlives the connections
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  std::size_t open_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t waits_ = 0;
  std::uint64_t refusals_ = 0;
  bool closed_ = false;
  std::chrono::steady_clock::time_point no_connect_before_{};
};

}  // namespace rekey
