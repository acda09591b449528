// One connection to PostgreSQL: named statements, bound parameters, rows. connection.cpp alone includes libpqxx.
// Used by the pool and the migrations. A connection belongs to one thread at a time; a broken one is discarded, never reused.
//
// A pooler such as PgBouncer may give each transaction another session of the server, and refuses or forgets the settings that
// come with a connection. PostgresConnection notices that by itself. It then prepares no statement, and each transaction begins
// with its settings: a statement alone takes three round trips instead of one, a transaction as many as ever.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "origin/ports/unavailable.h"
#include "origin/postgres/silence_watch.h"
#include "origin/postgres/values.h"

namespace rekey {

// A statement as a named constant. Both texts must outlive every connection: use string literals.
struct SqlStatement {
  const char* name;  // unique in the program: connections keep it prepared under this name
  const char* text;
};

// The target of a COPY. The driver's stream takes rows of a fixed width only: that of the one table that is filled so.
inline constexpr std::size_t kCopyColumns = 12;
struct SqlCopy {
  const char* table;
  std::array<const char*, kCopyColumns> columns;
};
using CopyRow = std::array<std::optional<std::string>, kCopyColumns>;  // values in PostgreSQL's spelling, without a NUL

enum class FaultKind : std::uint8_t {
  kRefused,     // the server answered with an error
  kCollided,    // 40P01 or 40001: the whole transaction may be tried again
  kBroken,      // the connection is gone; the statement may or may not have run
  kSilent,      // the same: the server did not answer, and the SilenceWatch cut the connection
  kReadOnly,    // the server is no longer the primary; the statement has not run, and the connection is useless
  kPooled,      // a session of one's own was asked for, and there is a pooler in between
  kUnreachable  // no connection could be made
};

// Why a statement failed. The text is fixed except for the SQLSTATE: the server's own text may quote values.
class DatabaseFault : public Unavailable {
 public:
  DatabaseFault(FaultKind kind, const std::string& sqlstate);
  FaultKind kind() const { return kind_; }
  const std::string& sqlstate() const { return sqlstate_; }  // five characters, "" for none

 private:
  FaultKind kind_;
  std::string sqlstate_;
};

// How long the server lets a statement run, and each server may take for a connection.
struct PostgresTimeouts {
  std::chrono::milliseconds statement{2000};  // longer than any of our statements takes; a caller waits no longer
  std::chrono::milliseconds lock{1500};       // below `statement`, so that a lock conflict is reported as one
  std::chrono::milliseconds idle_in_transaction{5000};
  std::chrono::seconds connect{2};  // to each host of the string; libpq takes no less than 2
};

// kFree: the planner's own choice. kByIndex: no plan that reads a whole table or index for one row. A plan may be prepared while
// the statistics say that a table is empty, as the outbox usually is, and must still be good when the table fills.
enum class PostgresPlans : std::uint8_t { kFree, kByIndex };

// Where the database is, and what its sessions need.
struct DatabaseAccess {
  std::string database_url;  // either of libpq's forms
  PostgresTimeouts timeouts{};
  PostgresPlans plans = PostgresPlans::kFree;
};

// Returns: the operator's connection string, which of several hosts then takes the one that accepts writes, unless the operator
// chose otherwise (target_session_attrs).
std::string with_primary(const std::string& database_url);

// Returns: the same with time-outs and the rule for plans, for a session of one's own. Its other settings of the server stay,
// such as search_path.
std::string with_timeouts(const std::string& database_url, const PostgresTimeouts& timeouts,
                          PostgresPlans plans = PostgresPlans::kFree);

class PostgresConnection {
 public:
  // A session of its own. In: the operator's string, or one of with_timeouts().
  // Throws: DatabaseFault (kUnreachable; kPooled if a pooler drops the time-outs).
  explicit PostgresConnection(const std::string& conninfo);

  // The same, or through a pooler. In: `watch`, if given, outlives the connection.
  // Throws: DatabaseFault.
  explicit PostgresConnection(const DatabaseAccess& access, SilenceWatch* watch = nullptr);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Runs one statement, prepared at its first use: in the open transaction, or as its own transaction in one round trip (through
  // a pooler: see above). Throws: DatabaseFault; outside a transaction nothing was done, unless the connection broke.
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {});

  // Writes rows by COPY, in the open transaction. Throws: DatabaseFault.
  void copy_in(const SqlCopy& target, std::span<const CopyRow> rows);

  // Runs a script without parameters: a migration file. May hold several statements.
  void run_script(const std::string& sql);

  void begin();
  void commit();  // Throws: DatabaseFault; after kBroken the transaction may or may not be committed
  void roll_back() noexcept;

  // False after the first sign that the server is gone.
  bool usable() const;

  // Whether there is a pooler in between.
  bool is_pooled() const;

 private:
  struct Driver;
  static std::unique_ptr<Driver> connect(const DatabaseAccess& access);
  SqlRows run_bracketed(const SqlStatement& statement, const SqlParams& params);

  std::unique_ptr<Driver> driver_;
};

}  // namespace rekey
