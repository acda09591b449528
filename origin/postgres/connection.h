// One connection to PostgreSQL: named statements, bound parameters, rows. connection.cpp alone includes libpqxx.
// Used by the pool and the migrations. A connection belongs to one thread at a time; one that broke is thrown away, never reused.
#pragma once

#include <memory>
#include <string>

#include "origin/ports/unavailable.h"
#include "origin/postgres/values.h"

namespace rekey {

// A statement as a named constant. Both texts must outlive every connection: string literals.
struct SqlStatement {
  const char* name;  // unique in the program: connections keep it prepared under this name
  const char* text;
};

enum class FaultKind : std::uint8_t {
  kRefused,     // the server answered with an error
  kCollided,    // 40P01 or 40001: the transaction may be tried again as a whole
  kBroken,      // the connection is gone; what was sent may or may not have been done
  kUnreachable  // there was no connection in the first place
};

// Why a statement failed. The text is fixed but for the SQLSTATE: the server's own text may quote values.
class DatabaseFault : public Unavailable {
 public:
  DatabaseFault(FaultKind kind, const std::string& sqlstate);
  FaultKind kind() const { return kind_; }
  const std::string& sqlstate() const { return sqlstate_; }  // five characters, "" where there is none

 private:
  FaultKind kind_;
  std::string sqlstate_;
};

// How long the server lets a statement run. In the connection string, not in a SET: a reconnect must not forget it.
struct PostgresTimeouts {
  std::chrono::milliseconds statement{2000};  // longer than any statement of ours takes; a caller waits no longer than this
  std::chrono::milliseconds lock{1500};       // below `statement`, so that a jam is named as one
  std::chrono::milliseconds idle_in_transaction{5000};
};

// kFree: the planner's own choice. kByIndex: no plan that reads a whole table or index for one row. Plans are prepared once, and
// may be made while the statistics say that a table is empty, as the outbox is most of the time; they must hold when it fills.
enum class PostgresPlans : std::uint8_t { kFree, kByIndex };

// Returns: the operator's connection string (either of libpq's forms) with the time-outs and the rule for plans appended.
std::string with_timeouts(const std::string& database_url, const PostgresTimeouts& timeouts,
                          PostgresPlans plans = PostgresPlans::kFree);

class PostgresConnection {
 public:
  // Throws: DatabaseFault (kUnreachable).
  explicit PostgresConnection(const std::string& conninfo);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Runs one statement, prepared at its first use: inside the open transaction, else as one of its own, in one round trip.
  // Throws: DatabaseFault.
  SqlRows run(const SqlStatement& statement, const SqlParams& params = {});

  // Runs a text that is no constant of the program, without parameters: a migration file. May hold several statements.
  void run_script(const std::string& sql);

  void begin();
  void commit();  // Throws: DatabaseFault; kBroken: committed or not, nobody knows
  void roll_back() noexcept;

  // False once anything showed that the server is gone.
  bool usable() const;

 private:
  struct Driver;
  std::unique_ptr<Driver> driver_;
};

}  // namespace rekey
