// One claim of reset requests, as the body of a transaction: lock accounts, look at what waits for each, decide, write it down.
#pragma once

#include "origin/mail/mail_limit.h"
#include "origin/ports/store.h"
#include "origin/postgres/pool.h"

namespace rekey {

// Ends due requests for addresses that have no active account, many at once.
// Why apart: a flood for unknown addresses must not stand in the way of mails.
// A transaction of its own: it locks requests without their accounts, and waits for a token at most.
void end_requests_without_account(PostgresPool& pool);

// Ends due requests that were never tried and have a newer one beside them, many at once. A transaction of its own: it
// locks requests without their accounts, and waits for nobody.
void end_replaced_requests(PostgresPool& pool);

// Returns: the rows to be mailed, leased. See QueueStore::claim_resets().
std::vector<ResetJob> claim_waiting_requests(SqlSession& session, const ClaimRules& rules, const HashOfPlan& hash_of,
                                             Random& random);

}  // namespace rekey
