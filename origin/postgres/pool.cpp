#include "origin/postgres/pool.h"

#include <thread>
#include <utility>

namespace rekey {

namespace {
constexpr int kMostRuns = 4;  // of a transaction that keeps colliding; more would only add to the contention

// 5, 10, 20 ms: gives the winner time to finish; otherwise the two would collide again at once.
void step_aside(int run) { std::this_thread::sleep_for(std::chrono::milliseconds(5 << (run - 1))); }

// Where statements may run for ever, so may the wait for them.
std::chrono::milliseconds patience_of(const PostgresPoolSettings& settings) {
  const auto statement = settings.timeouts.statement;
  return statement.count() == 0 ? statement : statement + settings.answer_grace;
}

}  // namespace

// Holds a connection for its own lifetime. The pool drops a broken connection when it is given back.
class PostgresPool::Guest {
 public:
  explicit Guest(PostgresPool& pool) : pool_(pool), connection_(pool.take()) {}
  ~Guest() { pool_.give_back(std::move(connection_)); }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  PostgresConnection& connection() { return *connection_; }

 private:
  PostgresPool& pool_;
  std::unique_ptr<PostgresConnection> connection_;
};

PostgresPool::PostgresPool(const PostgresPoolSettings& settings)
    : settings_(settings), access_{settings.database_url, settings.timeouts, settings.plans}, watch_(patience_of(settings)) {}

PostgresPool::~PostgresPool() = default;

// Decides whether to run again after a failure, and prepares the next run.
class PostgresPool::Retries {
 public:
  explicit Retries(PostgresPool& pool) : pool_(pool) {}

  // In: kDone if the work may have been done before the connection broke. Returns: whether to run again.
  bool again(const DatabaseFault& fault, Work work) {
    switch (fault.kind()) {
      case FaultKind::kCollided:
        return again_after_collision();
      case FaultKind::kBroken:
        return again_elsewhere(work);
      case FaultKind::kReadOnly:
        return again_elsewhere(Work::kUndone);
      case FaultKind::kSilent:  // another wait would take as long
        pool_.drop_idle();
        return false;
      case FaultKind::kRefused:
      case FaultKind::kPooled:
      case FaultKind::kUnreachable:
        return false;
    }
    __builtin_trap();
  }

 private:
  bool again_after_collision() {
    if (run_ == kMostRuns) return false;
    step_aside(run_++);
    return true;
  }

  bool again_elsewhere(Work work) {
    pool_.drop_idle();
    return work == Work::kUndone && !std::exchange(replaced_, true);
  }

  PostgresPool& pool_;
  int run_ = 1;
  bool replaced_ = false;
};

SqlRows PostgresPool::run(const SqlStatement& statement, const SqlParams& params) {
  return run_alone(statement, params, Work::kUndone);
}

SqlRows PostgresPool::run_once(const SqlStatement& statement, const SqlParams& params) {
  return run_alone(statement, params, Work::kDone);
}

// In: what holds for the statement if the connection breaks.
SqlRows PostgresPool::run_alone(const SqlStatement& statement, const SqlParams& params, Work if_broken) {
  for (Retries retries(*this);;) {
    try {
      return Guest(*this).connection().run(statement, params);
    } catch (const DatabaseFault& fault) {
      if (!retries.again(fault, if_broken)) throw;
    }
  }
}

void PostgresPool::transact(const std::function<void(SqlSession&)>& body) {
  for (Retries retries(*this);;) {
    Work work = Work::kUndone;
    try {
      Guest guest(*this);
      guest.connection().begin();
      SqlSession session(guest.connection());
      body(session);
      work = Work::kDone;
      return guest.connection().commit();
    } catch (const DatabaseFault& fault) {
      if (!retries.again(fault, work)) throw;
    }
  }
}

std::unique_ptr<PostgresConnection> PostgresPool::take() {
  std::unique_lock lock(mutex_);
  wait_for_place(lock);
  if (closed_) throw Unavailable("the pool is closed");
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  if (std::chrono::steady_clock::now() < no_connect_before_) throw DatabaseFault(FaultKind::kUnreachable, "");
  ++open_;
  lock.unlock();
  return connect();
}

void PostgresPool::wait_for_place(std::unique_lock<std::mutex>& lock) {
  const auto free = [this] { return closed_ || !idle_.empty() || open_ < settings_.size; };
  if (free()) return;
  ++waits_;
  ++waiting_;
  const bool freed = freed_.wait_for(lock, settings_.longest_wait, free);
  --waiting_;
  if (freed) return;
  ++refusals_;
  throw Unavailable("waited too long for a free database connection");
}

// In: `open_` already counts the new connection; a failed connect takes it off again.
std::unique_ptr<PostgresConnection> PostgresPool::connect() {
  try {
    return std::make_unique<PostgresConnection>(access_, &watch_);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --open_;
    no_connect_before_ = std::chrono::steady_clock::now() + settings_.connect_pause;
    freed_.notify_one();
    throw;
  }
}

void PostgresPool::give_back(std::unique_ptr<PostgresConnection> connection) {
  connection->roll_back();
  const bool usable = connection->usable();
  if (!usable) connection.reset();
  const std::lock_guard lock(mutex_);
  if (usable) {
    idle_.push_back(std::move(connection));
  } else {
    --open_;
  }
  freed_.notify_one();
}

// When one connection breaks the idle ones are probably dead too: a restarted server has closed them all. After a fail-over
// they may lead to a server that is no longer the primary.
void PostgresPool::drop_idle() {
  std::vector<std::unique_ptr<PostgresConnection>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
  open_ -= dropped.size();
  freed_.notify_all();
}

void PostgresPool::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  freed_.notify_all();
  watch_.cut_all();
}

PoolFigures PostgresPool::figures() const {
  const std::lock_guard lock(mutex_);
  return {settings_.size, open_, open_ - idle_.size(), waiting_, waits_, refusals_};
}

}  // namespace rekey
