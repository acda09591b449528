#include "origin/postgres/pool.h"

#include <thread>

namespace rekey {

namespace {
constexpr int kMostRuns = 4;  // of what keeps colliding: the first and three more; a fifth would only make a jam worse

// 5, 10, 20 ms: whoever won needs a moment to finish, or the two would collide again at once.
void step_aside(int run) { std::this_thread::sleep_for(std::chrono::milliseconds(5 << (run - 1))); }

}  // namespace

// Takes a connection for as long as it lives. A connection that shows a fault is not given back for others to trip over.
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
    : settings_(settings), conninfo_(with_timeouts(settings.database_url, settings.timeouts, settings.plans)) {}

PostgresPool::~PostgresPool() = default;

// What a failed run means for the next: whether there is one, and what has to happen before.
class PostgresPool::Retries {
 public:
  explicit Retries(PostgresPool& pool) : pool_(pool) {}

  // In: kDone where the broken connection may have done the work already. Returns: whether to run again.
  enum class Work : unsigned char { kUndone, kDone };
  bool again(const DatabaseFault& fault, Work work) {
    if (fault.kind() == FaultKind::kCollided) return again_after_collision();
    if (fault.kind() != FaultKind::kBroken || work == Work::kDone || replaced_) return false;
    replaced_ = true;
    pool_.drop_idle();
    return true;
  }

 private:
  bool again_after_collision() {
    if (run_ == kMostRuns) return false;
    step_aside(run_++);
    return true;
  }

  PostgresPool& pool_;
  int run_ = 1;
  bool replaced_ = false;
};

SqlRows PostgresPool::run(const SqlStatement& statement, const SqlParams& params) {
  for (Retries retries(*this);;) {
    try {
      return Guest(*this).connection().run(statement, params);
    } catch (const DatabaseFault& fault) {
      if (!retries.again(fault, Retries::Work::kUndone)) throw;
    }
  }
}

void PostgresPool::transact(const std::function<void(SqlSession&)>& body) {
  for (Retries retries(*this);;) {
    auto work = Retries::Work::kUndone;
    try {
      Guest guest(*this);
      guest.connection().begin();
      SqlSession session(guest.connection());
      body(session);
      work = Retries::Work::kDone;
      return guest.connection().commit();
    } catch (const DatabaseFault& fault) {
      if (!retries.again(fault, work)) throw;
    }
  }
}

std::unique_ptr<PostgresConnection> PostgresPool::take() {
  std::unique_lock lock(mutex_);
  const auto free = [this] { return !idle_.empty() || open_ < settings_.size; };
  if (!freed_.wait_for(lock, settings_.longest_wait, free)) throw Unavailable("no database connection came free");
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

// In: a place is already counted in `open_`; it is given up where the connect fails.
std::unique_ptr<PostgresConnection> PostgresPool::connect() {
  try {
    return std::make_unique<PostgresConnection>(conninfo_);
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

// After one connection broke the idle ones are most likely dead too: a server that restarted closed them all.
void PostgresPool::drop_idle() {
  std::vector<std::unique_ptr<PostgresConnection>> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
  open_ -= dropped.size();
  freed_.notify_all();
}

std::size_t PostgresPool::open_connections() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace rekey
