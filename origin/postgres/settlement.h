// What settling a reset request and settling a notice have in common, as SQL and its parameters.
#pragma once

#include "origin/ports/store.h"
#include "origin/postgres/values.h"

// Settling gives up waiting for the disk: a settlement that a crash forgets means one more mail with the same link, no more.
#define REKEY_NO_WAIT "set_config('synchronous_commit', 'off', true)"

// What may be settled: the row is still held by this claim.
#define REKEY_HELD "id = $1 AND attempts = $2 AND state = 'sending'"

namespace rekey {

inline SqlParams held_by(const Lease& lease) { return SqlParams().integer(lease.row_id).integer(lease.attempt); }
inline SqlParams held_by(const Lease& lease, int smtp_code) { return held_by(lease).integer(smtp_code); }

}  // namespace rekey
