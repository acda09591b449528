#include "origin/adapters/postgres_pool.h"

namespace rekey {

namespace {
constexpr int kMostCollisions = 3;  // runs of a transaction that keeps colliding; a fourth would make a jam worse
}

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
    : settings_(settings), conninfo_(with_timeouts(settings.database_url, settings.timeouts)) {}

PostgresPool::~PostgresPool() = default;

SqlRows PostgresPool::run(const SqlStatement& statement, const SqlParams& params) {
  bool replaced = false;
  for (int run = 1;; ++run) {
    try {
      return Guest(*this).connection().run(statement, params);
    } catch (const DatabaseFault& fault) {
      const bool again =
          fault.kind() == FaultKind::kCollided ? run < kMostCollisions : fault.kind() == FaultKind::kBroken && !replaced;
      if (!again) throw;
      replaced = fault.kind() == FaultKind::kBroken;
      if (replaced) drop_idle();
    }
  }
}

void PostgresPool::transact(const std::function<void(SqlSession&)>& body) {
  bool replaced = false;
  for (int run = 1;; ++run) {
    bool committing = false;
    try {
      Guest guest(*this);
      guest.connection().begin();
      SqlSession session(guest.connection());
      body(session);
      committing = true;
      return guest.connection().commit();
    } catch (const DatabaseFault& fault) {
      const bool fresh_helps = fault.kind() == FaultKind::kBroken && !committing && !replaced;
      const bool again = fresh_helps || (fault.kind() == FaultKind::kCollided && run < kMostCollisions);
      if (!again) throw;
      replaced = replaced || fresh_helps;
      if (fresh_helps) drop_idle();
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
