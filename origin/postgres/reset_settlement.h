// What becomes of a claimed reset request, by what came of its mail. See QueueStore::settle_reset().
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

void settle_reset_request(PostgresPool& pool, const Lease& lease, Settlement settlement, int smtp_code);

}  // namespace rekey
