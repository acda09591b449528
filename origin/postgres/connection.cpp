#include "origin/postgres/connection.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <unordered_set>

#if defined(__SANITIZE_ADDRESS__)
// libpqxx 6.4.5 leaks the empty result that libpq makes when a connection breaks during a statement: a few hundred bytes each.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() { return "leak:PQmakeEmptyPGresult\n"; }
#endif

namespace rekey {

namespace {

std::string describe(FaultKind kind, const std::string& sqlstate) {
  switch (kind) {
    case FaultKind::kRefused:
      return "the database refused a statement (SQLSTATE " + sqlstate + ")";
    case FaultKind::kCollided:
      return "transactions collided in the database (SQLSTATE " + sqlstate + ")";
    case FaultKind::kBroken:
      return "the connection to the database broke";
    case FaultKind::kUnreachable:
      return "the database cannot be reached";
  }
  __builtin_trap();
}

// After classes 08 (connection) and 57P (the server goes down) the connection is useless.
FaultKind kind_of(const std::string& sqlstate) {
  if (sqlstate == "40001" || sqlstate == "40P01") return FaultKind::kCollided;
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P")) return FaultKind::kBroken;
  return FaultKind::kRefused;
}

std::string milliseconds_setting(const char* name, std::chrono::milliseconds value) {
  return std::string("-c ") + name + "=" + std::to_string(value.count());
}

std::string percent_encoded(const std::string& text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

bool is_uri(const std::string& url) { return url.starts_with("postgresql://") || url.starts_with("postgres://"); }

// In both forms of the string the later setting of a name wins.
std::string with_setting(const std::string& url, const std::string& name, const std::string& value) {
  if (!is_uri(url)) return url + " " + name + "='" + value + "'";
  return url + (url.find('?') == std::string::npos ? "?" : "&") + name + "=" + percent_encoded(value);
}

SqlRows rows_from(const pqxx::result& result) {
  std::vector<std::string> columns;
  columns.reserve(result.columns());
  for (pqxx::row::size_type c = 0; c < result.columns(); ++c) columns.emplace_back(result.column_name(c));
  std::vector<std::optional<std::string>> cells;
  cells.reserve(columns.size() * result.size());
  for (const auto& row : result) {
    for (const auto& field : row) {
      cells.push_back(field.is_null() ? std::nullopt : std::optional<std::string>(std::in_place, field.c_str(), field.size()));
    }
  }
  return {std::move(columns), std::move(cells), result.size()};
}

std::array<const char*, kCopyColumns> pointers_to(const CopyRow& row) {
  std::array<const char*, kCopyColumns> out{};
  std::transform(row.begin(), row.end(), out.begin(), [](const auto& value) { return value ? value->c_str() : nullptr; });
  return out;
}

std::vector<const char*> pointers_to(const SqlParams& params) {
  std::vector<const char*> out;
  out.reserve(params.values().size());
  for (const auto& value : params.values()) out.push_back(value ? value->c_str() : nullptr);
  return out;
}

}  // namespace

DatabaseFault::DatabaseFault(FaultKind kind, const std::string& sqlstate)
    : Unavailable(describe(kind, sqlstate)), kind_(kind), sqlstate_(sqlstate) {}

std::string with_timeouts(const std::string& database_url, const PostgresTimeouts& timeouts, PostgresPlans plans) {
  std::string options = milliseconds_setting("statement_timeout", timeouts.statement) + " " +
                        milliseconds_setting("lock_timeout", timeouts.lock) + " " +
                        milliseconds_setting("idle_in_transaction_session_timeout", timeouts.idle_in_transaction);
  if (plans == PostgresPlans::kByIndex) {
    for (const char* plan : {"seqscan", "bitmapscan", "hashjoin", "mergejoin"})
      options += std::string(" -c enable_") + plan + "=off";
    options += " -c plan_cache_mode=force_generic_plan";  // planned once: for groups of rows planning takes longer than the work
  }
  std::string url = with_setting(database_url, "options", options);
  url = with_setting(url, "connect_timeout", "2");
  // Detects a server that vanished silently: the time-outs above are enforced by the server itself.
  url = with_setting(url, "keepalives_idle", "5");
  url = with_setting(url, "keepalives_interval", "2");
  url = with_setting(url, "keepalives_count", "3");
  url = with_setting(url, "tcp_user_timeout", "5000");
  return with_setting(url, "application_name", "rekey");
}

struct PostgresConnection::Driver {
  pqxx::connection connection;
  std::unique_ptr<pqxx::work> transaction;
  std::unordered_set<const char*> prepared;
  bool broken = false;

  explicit Driver(const std::string& conninfo) : connection(conninfo) {}

  // Runs `work` and turns the library's exceptions, whose texts may quote values, into ours.
  template <class Work>
  auto guard(Work&& work) -> decltype(work()) {
    try {
      return work();
    } catch (const pqxx::broken_connection&) {
      throw_fault(FaultKind::kBroken, "");
    } catch (const pqxx::in_doubt_error&) {
      throw_fault(FaultKind::kBroken, "");
    } catch (const pqxx::statement_completion_unknown&) {
      throw_fault(FaultKind::kBroken, "40003");
    } catch (const pqxx::deadlock_detected&) {
      throw_fault(FaultKind::kCollided, "40P01");
    } catch (const pqxx::transaction_rollback&) {
      throw_fault(FaultKind::kCollided, "40001");
    } catch (const pqxx::sql_error& error) {
      throw_fault(connection.is_open() ? kind_of(error.sqlstate()) : FaultKind::kBroken, error.sqlstate());
    } catch (const pqxx::failure&) {
      throw_fault(FaultKind::kBroken, "");
    }
  }

  [[noreturn]] void throw_fault(FaultKind kind, const std::string& sqlstate) {
    if (kind == FaultKind::kBroken) broken = true;
    throw DatabaseFault(kind, sqlstate);
  }

  void prepare(const SqlStatement& statement) {
    if (prepared.contains(statement.name)) return;
    connection.prepare(statement.name, statement.text);
    prepared.insert(statement.name);
  }

  pqxx::result run_in(pqxx::transaction_base& transaction_base, const SqlStatement& statement, const SqlParams& params) {
    const std::vector<const char*> values = pointers_to(params);
    return transaction_base.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(values));
  }
};

PostgresConnection::PostgresConnection(const std::string& conninfo) {
  try {
    driver_ = std::make_unique<Driver>(conninfo);
  } catch (const pqxx::failure&) {
    throw DatabaseFault(FaultKind::kUnreachable, "");
  }
}

PostgresConnection::~PostgresConnection() { roll_back(); }

SqlRows PostgresConnection::run(const SqlStatement& statement, const SqlParams& params) {
  return driver_->guard([&] {
    driver_->prepare(statement);
    if (driver_->transaction) return rows_from(driver_->run_in(*driver_->transaction, statement, params));
    pqxx::nontransaction alone(driver_->connection);
    return rows_from(driver_->run_in(alone, statement, params));
  });
}

void PostgresConnection::copy_in(const SqlCopy& target, std::span<const CopyRow> rows) {
  driver_->guard([&] {
    pqxx::stream_to stream(*driver_->transaction, target.table, target.columns);
    for (const CopyRow& row : rows) stream << pointers_to(row);
    stream.complete();
  });
}

void PostgresConnection::run_script(const std::string& sql) {
  driver_->guard([&] {
    if (driver_->transaction) {
      driver_->transaction->exec(sql);
    } else {
      pqxx::nontransaction(driver_->connection).exec(sql);
    }
  });
}

void PostgresConnection::begin() {
  driver_->guard([&] { driver_->transaction = std::make_unique<pqxx::work>(driver_->connection); });
}

void PostgresConnection::commit() {
  const std::unique_ptr<pqxx::work> ending = std::move(driver_->transaction);
  driver_->guard([&] { ending->commit(); });
}

void PostgresConnection::roll_back() noexcept {
  if (driver_) driver_->transaction.reset();
}

bool PostgresConnection::usable() const { return !driver_->broken && driver_->connection.is_open(); }

}  // namespace rekey
