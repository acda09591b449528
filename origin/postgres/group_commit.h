// Writes the rows of simultaneous callers in one statement: one round trip and one commit for all of them. PostgresRecoveryStore
// writes forgot requests through it. Safe from every thread.
//
// The first caller to find no group open opens one and leads it. It waits until nobody writes, closes the group, writes all rows
// that have joined by then, and wakes their callers. Alone it waits for nobody, and writes its row by the statement for one. A
// caller returns only after the commit of its own row.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

struct GroupCommitSettings {
  // One statement at a time makes the largest groups. Where it takes longer than `patience`, more than a commit usually does,
  // another one starts beside it, up to `writers`: a connection that hangs does not hold up everybody.
  std::chrono::milliseconds patience{20};
  std::size_t writers = 4;
  std::chrono::milliseconds longest_wait{1000};  // after `patience`, for a free writer; as long as for a connection of the pool
  std::size_t most_rows = 1024;                  // in one group; behind each is a thread that waits
};

// Both insert where the key is new, `ON CONFLICT (key) DO NOTHING`.
struct GroupedInsert {
  const SqlStatement& alone;     // $1 and on: the values of a row, its key first. RETURNING any column
  const SqlStatement& together;  // $1 and on: the same values of many rows, as text[]. RETURNING the key as `key`
};

class GroupCommit {
 public:
  // The statements and the pool outlive the object.
  GroupCommit(PostgresPool& pool, const GroupedInsert& insert, const GroupCommitSettings& settings = {})
      : pool_(pool), insert_(insert), settings_(settings) {}

  // In: texts, no NULL. Returns: kNo where the key was there already; of equal keys in one group one is new.
  // Throws: Unavailable; the row may be there only if the connection broke. The same call again is harmless.
  Inserted insert(const SqlParams& row);

  // Callers whose group waits to be written.
  std::size_t waiting() const;

 private:
  struct Caller;
  struct Group;
  class Place;  // a writer's, for as long as it writes a group

  std::shared_ptr<Group> join(Caller& caller);
  void lead(Group& group);
  void write(Group& group);
  void write_together(Group& group);
  Inserted write_alone(const SqlParams& row);

  PostgresPool& pool_;
  const GroupedInsert insert_;
  const GroupCommitSettings settings_;
  mutable std::mutex mutex_;  // held for a few assignments, never for a statement
  std::condition_variable place_left_;
  std::shared_ptr<Group> open_;  // its leader waits for a place
  std::size_t writing_ = 0;
};

}  // namespace rekey
