#include "origin/postgres/connection.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <unordered_set>

#include "origin/postgres/connection_fault.h"

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
    case FaultKind::kSilent:
      return "the database does not answer";
    case FaultKind::kReadOnly:
      return "the database takes no writes any more";
    case FaultKind::kPooled:
      return "there is a pooler in front of the database: for this command name PostgreSQL itself in DATABASE_URL";
    case FaultKind::kUnreachable:
      return "the database cannot be reached";
  }
  __builtin_trap();
}

// After classes 08 (connection) and 57P (the server goes down) the connection is useless. 25006 comes from a former primary.
FaultKind kind_of(const std::string& sqlstate) {
  if (sqlstate == "25006") return FaultKind::kReadOnly;
  if (sqlstate == "40001" || sqlstate == "40P01") return FaultKind::kCollided;
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P")) return FaultKind::kBroken;
  return FaultKind::kRefused;
}

struct ServerSetting {
  std::string name;
  std::string value;
};

ServerSetting milliseconds_setting(const char* name, std::chrono::milliseconds value) {
  return {name, std::to_string(value.count())};
}

// What a session needs: with the connection where it is our own, else with each transaction.
std::vector<ServerSetting> server_settings(const PostgresTimeouts& timeouts, PostgresPlans plans) {
  std::vector<ServerSetting> settings{
      milliseconds_setting("statement_timeout", timeouts.statement),
      milliseconds_setting("lock_timeout", timeouts.lock),
      milliseconds_setting("idle_in_transaction_session_timeout", timeouts.idle_in_transaction),
      {"jit", "off"}};  // a plan with a method that is off costs much: compiled, it takes half a second
  if (plans == PostgresPlans::kFree) return settings;
  for (const char* plan : {"seqscan", "bitmapscan", "hashjoin", "mergejoin"})
    settings.push_back({std::string("enable_") + plan, "off"});
  settings.push_back(
      {"plan_cache_mode", "force_generic_plan"});  // planned once: for groups of rows that takes longer than the work
  return settings;
}

// A setting of our own name, which shows whether the server has got those of the connection.
#define REKEY_MARK "rekey.direct"
constexpr const char* kReadMark = "SELECT current_setting('" REKEY_MARK "', true)";

std::string as_options(const std::vector<ServerSetting>& settings) {
  std::string options;
  for (const auto& [name, value] : settings) options += "-c " + name + "=" + value + " ";
  return options + "-c " REKEY_MARK "=yes";
}

// One message, and so one round trip.
std::string as_beginning(const std::vector<ServerSetting>& settings) {
  std::string statements = "BEGIN";
  for (const auto& [name, value] : settings) statements += "; SET LOCAL " + name + " = " + value;
  return statements;
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

// Between the quotes of a list of key=value.
std::string quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// In both forms of the string the later setting of a name wins.
std::string with_setting(const std::string& url, const std::string& name, const std::string& value) {
  if (!is_uri(url)) return url + " " + name + "='" + quoted(value) + "'";
  return url + (url.find('?') == std::string::npos ? "?" : "&") + name + "=" + percent_encoded(value);
}

// Without settings of the server, which a pooler would refuse.
std::string with_patience(const std::string& database_url, const PostgresTimeouts& timeouts) {
  std::string url = with_setting(database_url, "connect_timeout", std::to_string(timeouts.connect.count()));
  // Detects a server that vanished silently while nothing is asked of it.
  url = with_setting(url, "keepalives_idle", "5");
  url = with_setting(url, "keepalives_interval", "2");
  url = with_setting(url, "keepalives_count", "3");
  url = with_setting(url, "tcp_user_timeout", "5000");
  return with_setting(with_primary(url), "application_name", "rekey");
}

// PgBouncer's words, in all its versions.
bool is_refusal_of_options(const pqxx::failure& failure) {
  return std::string_view(failure.what()).find("unsupported startup parameter") != std::string_view::npos;
}

SqlRows rows_from(const pqxx::result& result) {
  std::vector<std::string> columns;
  columns.reserve(static_cast<std::size_t>(result.columns()));
  for (pqxx::row::size_type c = 0; c < result.columns(); ++c) columns.emplace_back(result.column_name(c));
  std::vector<std::optional<std::string>> cells;
  const auto rows = static_cast<std::size_t>(result.size());
  cells.reserve(columns.size() * rows);
  for (const auto& row : result) {
    for (const auto& field : row) {
      cells.push_back(field.is_null() ? std::nullopt : std::optional<std::string>(std::in_place, field.c_str(), field.size()));
    }
  }
  return {std::move(columns), std::move(cells), rows};
}

std::array<const char*, kCopyColumns> pointers_to(const CopyRow& row) {
  std::array<const char*, kCopyColumns> out{};
  std::transform(row.begin(), row.end(), out.begin(), [](const auto& value) { return value ? value->c_str() : nullptr; });
  return out;
}

// libpqxx 7 (Debian 13) takes parameters and the target of a COPY in other forms than libpqxx 6 (Debian 12).
#if PQXX_VERSION_MAJOR >= 7

pqxx::params values_of(const SqlParams& params) {
  pqxx::params values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) {
    if (value) {
      values.append(pqxx::zview(value->c_str(), value->size()));
    } else {
      values.append();
    }
  }
  return values;
}

pqxx::result run_prepared(pqxx::transaction_base& transaction, const char* name, const SqlParams& params) {
  return transaction.exec(pqxx::prepped(name), values_of(params));
}

pqxx::result run_unprepared(pqxx::transaction_base& transaction, const char* text, const SqlParams& params) {
  return transaction.exec(text, values_of(params));
}

// Both names are constants of this program: nothing needs quotes.
pqxx::stream_to open_copy(pqxx::transaction_base& transaction, const SqlCopy& target) {
  std::string columns;
  for (const char* column : target.columns) columns.append(columns.empty() ? "" : ",").append(column);
  return pqxx::stream_to::raw_table(transaction, target.table, columns);
}

#else

std::vector<const char*> pointers_to(const SqlParams& params) {
  std::vector<const char*> out;
  out.reserve(params.values().size());
  for (const auto& value : params.values()) out.push_back(value ? value->c_str() : nullptr);
  return out;
}

pqxx::result run_prepared(pqxx::transaction_base& transaction, const char* name, const SqlParams& params) {
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(pointers_to(params)));
}

pqxx::result run_unprepared(pqxx::transaction_base& transaction, const char* text, const SqlParams& params) {
  return transaction.exec_params(text, pqxx::prepare::make_dynamic_params(pointers_to(params)));
}

pqxx::stream_to open_copy(pqxx::transaction_base& transaction, const SqlCopy& target) {
  return {transaction, target.table, target.columns};
}

#endif

}  // namespace

DatabaseFault::DatabaseFault(FaultKind kind, const std::string& sqlstate)
    : Unavailable(describe(kind, sqlstate)), kind_(kind), sqlstate_(sqlstate) {}

std::string with_primary(const std::string& database_url) {
  constexpr const char* kName = "target_session_attrs";
  return database_url.find(kName) == std::string::npos ? with_setting(database_url, kName, "read-write") : database_url;
}

std::string with_timeouts(const std::string& database_url, const PostgresTimeouts& timeouts, PostgresPlans plans) {
  // The operator's own come first: of two for one name the later wins. A later `options` would replace the operator's.
  auto options = server_options_of(database_url);
  if (!options.empty()) options += " ";
  options += as_options(server_settings(timeouts, plans));
  return with_patience(with_setting(database_url, "options", options), timeouts);
}

struct PostgresConnection::Driver {
  pqxx::connection connection;
  std::optional<SilenceWatch::Place> place;  // gone before the connection
  std::unique_ptr<pqxx::nontransaction> transaction;
  std::string beginning = "BEGIN";
  std::unordered_set<const char*> prepared;
  enum class Session : std::uint8_t { kOwn, kPooled } session = Session::kOwn;
  bool broken = false;

  // Why inhibit: libpqxx 6 would connect again by itself, and that session would lack all that we set. libpqxx 7 never does.
  explicit Driver(const std::string& conninfo) : connection(conninfo) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
  }

  bool has_mark() {
    return guard([&] {
      const auto mark = pqxx::nontransaction(connection).exec(kReadMark);
      return !mark.empty() && !mark[0][0].is_null() && mark[0][0].size() > 0;
    });
  }

  // A wait for the server, for as long as it lasts.
  class Wait {
   public:
    explicit Wait(Driver& driver) : driver_(driver) {
      if (driver_.place) driver_.place->begin();
    }
    ~Wait() {
      if (!driver_.place) return;
      driver_.place->end();
      driver_.broken |= driver_.place->is_cut();
    }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    Driver& driver_;
  };

  // Runs `work` and turns the library's exceptions, whose texts may quote values, into ours.
  template <class Work>
  auto guard(Work&& work) -> decltype(work()) {
    const Wait wait(*this);
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
    } catch (const pqxx::insufficient_privilege& refusal) {  // the library leaves out its SQLSTATE
      throw_fault(FaultKind::kRefused, refusal.sqlstate().empty() ? "42501" : refusal.sqlstate());
    } catch (const pqxx::sql_error& error) {
      throw_fault(connection.is_open() ? kind_of(error.sqlstate()) : FaultKind::kBroken, error.sqlstate());
    } catch (const pqxx::failure&) {
      throw_fault(FaultKind::kBroken, "");
    }
  }

  [[noreturn]] void throw_fault(FaultKind kind, const std::string& sqlstate) {
    if (place && place->is_cut()) kind = FaultKind::kSilent;
    broken |= kind != FaultKind::kRefused && kind != FaultKind::kCollided;
    throw DatabaseFault(kind, sqlstate);
  }

  void prepare(const SqlStatement& statement) {
    if (prepared.contains(statement.name)) return;
    connection.prepare(statement.name, statement.text);
    prepared.insert(statement.name);
  }

  SqlRows run_in(pqxx::transaction_base& transaction_base, const SqlStatement& statement, const SqlParams& params) {
    if (session == Session::kPooled) return rows_from(run_unprepared(transaction_base, statement.text, params));
    prepare(statement);
    return rows_from(run_prepared(transaction_base, statement.name, params));
  }
};

PostgresConnection::PostgresConnection(const std::string& conninfo) {
  try {
    driver_ = std::make_unique<Driver>(conninfo);
  } catch (const pqxx::failure& failure) {
    throw DatabaseFault(is_refusal_of_options(failure) ? FaultKind::kPooled : FaultKind::kUnreachable, "");
  }
  const bool has_settings = conninfo.find(REKEY_MARK) != std::string::npos;
  if (has_settings && !driver_->has_mark()) throw DatabaseFault(FaultKind::kPooled, "");
}

PostgresConnection::PostgresConnection(const DatabaseAccess& access, SilenceWatch* watch) {
  driver_ = connect(access);
  if (watch != nullptr) driver_->place.emplace(*watch, driver_->connection.sock());
  if (driver_->has_mark()) return;
  driver_->session = Driver::Session::kPooled;
  driver_->beginning = as_beginning(server_settings(access.timeouts, access.plans));
}

std::unique_ptr<PostgresConnection::Driver> PostgresConnection::connect(const DatabaseAccess& access) {
  try {
    try {
      return std::make_unique<Driver>(with_timeouts(access.database_url, access.timeouts, access.plans));
    } catch (const pqxx::failure& failure) {
      if (!is_refusal_of_options(failure)) throw;
      return std::make_unique<Driver>(with_patience(access.database_url, access.timeouts));
    }
  } catch (const pqxx::failure&) {
    throw DatabaseFault(FaultKind::kUnreachable, "");
  }
}

PostgresConnection::~PostgresConnection() { roll_back(); }

SqlRows PostgresConnection::run(const SqlStatement& statement, const SqlParams& params) {
  if (!driver_->transaction && is_pooled()) return run_bracketed(statement, params);
  return driver_->guard([&] {
    if (driver_->transaction) return driver_->run_in(*driver_->transaction, statement, params);
    pqxx::nontransaction alone(driver_->connection);
    return driver_->run_in(alone, statement, params);
  });
}

SqlRows PostgresConnection::run_bracketed(const SqlStatement& statement, const SqlParams& params) {
  try {
    begin();
    auto rows = run(statement, params);
    commit();
    return rows;
  } catch (...) {
    roll_back();
    throw;
  }
}

void PostgresConnection::copy_in(const SqlCopy& target, std::span<const CopyRow> rows) {
  driver_->guard([&] {
    auto stream = open_copy(*driver_->transaction, target);
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

// libpqxx's own transactions can't begin with settings.
void PostgresConnection::begin() {
  driver_->guard([&] {
    driver_->transaction = std::make_unique<pqxx::nontransaction>(driver_->connection);
    driver_->transaction->exec(driver_->beginning);
  });
}

void PostgresConnection::commit() {
  const auto ending = std::move(driver_->transaction);
  driver_->guard([&] { ending->exec("COMMIT"); });
}

void PostgresConnection::roll_back() noexcept {
  if (!driver_ || !driver_->transaction) return;
  const auto ending = std::move(driver_->transaction);
  if (!usable()) return;
  try {
    driver_->guard([&] { ending->exec("ROLLBACK"); });
  } catch (...) {
    driver_->broken = true;
  }
}

bool PostgresConnection::usable() const { return !driver_->broken && driver_->connection.is_open(); }

bool PostgresConnection::is_pooled() const { return driver_->session == Driver::Session::kPooled; }

}  // namespace rekey
