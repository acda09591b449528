// For statements that answer a repeated call from a row that is already there. That row may be from an attempt whose commit still
// waited for the standby when its connection broke: everybody sees it, and it would be lost with this server.
#pragma once

// SQL, for the list of a SELECT: for a row that is found it writes a record to the log, so that the transaction's own commit
// waits until all before it have reached the disk and the synchronous standby. Without a row it costs nothing.
#define REKEY_REACH_STANDBY "pg_logical_emit_message(true, 'rekey', '')"
