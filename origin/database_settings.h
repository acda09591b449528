// What the settings mean for the database: the access of a single connection, and the two pools of `serve`.
#pragma once

#include "origin/postgres/pool.h"
#include "origin/settings/settings.h"

namespace rekey {

// For the check of the schema, `migrate` and `doctor`. Statements have the usual time-outs.
DatabaseAccess database_access(const Settings& settings);

// Of the edge's calls.
PostgresPoolSettings request_pool_settings(const Settings& settings);

// Of the mail worker and the metrics: a fifth of the connections, so that neither they nor the calls can starve the other.
// DATABASE_STATEMENT_MS can only lengthen its time-outs: nobody waits for these statements, and a round of many mails takes its
// time.
PostgresPoolSettings worker_pool_settings(const Settings& settings);

}  // namespace rekey
