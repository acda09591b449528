// Brings a database to this program's schema while origins use it (`rekey-origin migrate`), and checks the schema for `serve`.
// Migrations are the numbered files of origin/migrations, embedded at build time; migration_plan.h describes them. Each of their
// steps is done once, and is recorded when it is done (migration_record.h): a run that was killed is simply repeated, and goes on
// there.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "origin/postgres/migration_plan.h"
#include "origin/postgres/migration_record.h"

namespace rekey {

// The files of origin/migrations, by number.
std::span<const Migration> embedded_migrations();

// How gently a run treats the calls beside it. While a step waits for a table, all calls that use it wait behind the step.
struct MigrationPace {
  std::chrono::milliseconds longest_lock_wait{100};  // of a short step or a batch; then it gives way, and tries again later
  std::chrono::milliseconds longest_vacuum_wait{
      3'000};                                      // of a short step, for an automatic vacuum; calls don't wait behind it then
  std::chrono::milliseconds longest_short{1'000};  // all statements of a short step: the edge waits 1.5 s for an answer
  std::chrono::milliseconds longest_batch{
      1'000};  // a slower one is tried again with half the rows: calls wait for rows that it holds
  std::chrono::milliseconds first_pause{100};  // between two tries; each further one is twice as long
  std::chrono::milliseconds longest_pause{5'000};
  std::chrono::milliseconds patience{15 * 60'000};  // of one step with a table that others hold
  std::chrono::milliseconds next_look{250};         // whether another run has ended
  std::chrono::milliseconds good_batch{50};         // the batches grow and shrink towards this time, and rest for as long
  std::size_t first_batch = 500;                    // rows
};

struct MigrationOptions {
  std::function<void(const std::string&)> tell = [](const std::string&) {};  // gets lines about the progress
  MigrationPace pace{};
};

// All three take the place of the database, and how long a connection to it may take; a migration sets its own other time-outs.

// Applies the missing migrations, or what is left of them. Of several runs at once one works and the others wait for its end.
// Returns: the names of the migrations finished now.
// Throws: Unavailable if the database is or becomes unreachable; MigrationRefused as compare_schema(), and if a step fails or
// gets no lock: what was done before that step stays, and so does the service of older programs that the file promises.
std::vector<std::string> apply_migrations(const DatabaseAccess& access, std::span<const Migration> migrations,
                                          const MigrationOptions& options = {});

// Returns: a line for each step that apply_migrations() would do. Changes nothing. Throws: as above.
std::vector<std::string> preview_migrations(const DatabaseAccess& access, std::span<const Migration> migrations);

// For the server's start. Returns: the state, with migrations that are newer than the program but serve it.
// Throws: Unavailable; MigrationRefused if the program can't work with this database.
SchemaState check_migrations(const DatabaseAccess& access, std::span<const Migration> migrations);

}  // namespace rekey
