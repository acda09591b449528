// The present cost of each flow, as the highest counts that the tests of this folder allow. A change that makes a flow cheaper lowers
// its numbers here, and nowhere else; a gate far above its count fails, too.
// Two counts are taken in two ways, which must agree: the statements of the origin's requests (the proxy and pg_stat_statements), and
// the module's questions to limiters (its calls and Node's limiters). The others are taken in one way; system calls are checked with
// programs whose calls are known (system_calls.test.mjs), round trips with a known psql (postgres_proxy.test.mjs).

/**
 * @typedef {object} Gate
 * @property {string} why one sentence: the reason for the present cost
 * @property {Record<string, number>} limits by the count's name
 * @property {string[]} [varying] counts that chance lowers, such as how many calls coincided: a low one says nothing against the gate
 */

/** @type {Record<string, string>} what each count counts; for one request or mail, unless it says otherwise */
export const units = {
  // of the database
  roundTrips: "round trips to PostgreSQL, except those that prepare a statement, which happen once for each connection",
  transactions: "transactions; a single statement is one, too",
  writingCommits: "commits with a record in the write-ahead log; each waits for the disk, except for decisions, settlements of mails, and refused log-ins",
  rowsRead: "rows that scans returned, checks of foreign keys included",
  rowsWritten: "rows inserted, updated and deleted",
  coldUpdates: "updated rows that needed new index entries: not heap-only (HOT)",
  pages: "pages that statements read, in memory or on disk",
  logBytes: "bytes of the write-ahead log for rows, index entries and commits, without full pages",
  // of the edge's process
  systemCalls: "system calls, except those that wait, wake or manage memory",
  syncs: "waits for the disk: fsync and fdatasync",
  bytesWritten: "bytes written to files, without logs",
  connections: "connections opened to the origin, after the first",
  // of the module
  steps: "calls of rekey_step",
  limits: "calls of rekey_limiter_take: questions to limiters",
  bytesIn: "bytes of the messages to the module",
  bytesOut: "bytes of the messages from the module",
  arenaBytes: "bytes of memory that the largest call allocated",
  // of the thousand clients
  files: "files of the limiters, for all clients, after workerd has dropped them",
  diskBytes: "bytes of these files",
  descriptors: "descriptors, for all clients: of the edge without sockets, of the origin at most",
  threads: "threads of the origin at most, for all clients",
};

/** @type {Record<string, Gate>} */
export const gates = {
  "origin, forgot": {
    why: "One INSERT, outside a transaction block; four indexes get an entry.",
    limits: { roundTrips: 1, transactions: 1, writingCommits: 1, rowsRead: 0, rowsWritten: 1, pages: 14, logBytes: 600 },
  },
  "origin, forgot, 16 at once": {
    why: "Four writers hold a request each, the most that there may be: the other twelve share one INSERT.",
    limits: { roundTrips: 0.32, transactions: 0.32, writingCommits: 0.32, rowsRead: 0, rowsWritten: 1, pages: 14, logBytes: 600 },
  },
  "origin, log-in": {
    why: "The account is read before the hash and locked after it, in a transaction that opens the session and writes the audit log.",
    limits: { roundTrips: 6, transactions: 2, writingCommits: 1, rowsRead: 4, rowsWritten: 2, pages: 40, logBytes: 1240 },
  },
  "origin, log-in refused, known": {
    why: "The account is read, the hash computed, and a row of the audit log written, without a wait for the disk.",
    limits: { roundTrips: 2, transactions: 2, writingCommits: 1, rowsRead: 2, rowsWritten: 1, pages: 19, logBytes: 620 },
  },
  "origin, log-in refused, unknown": {
    why: "As for a known address, which has one row more: the row of nobody is read for both.",
    limits: { roundTrips: 2, transactions: 2, writingCommits: 1, rowsRead: 1, rowsWritten: 1, pages: 18, logBytes: 620 },
  },
  "origin, me": {
    why: "One statement reads session and account.",
    limits: { roundTrips: 1, transactions: 1, writingCommits: 0, rowsRead: 2, rowsWritten: 0, pages: 6, logBytes: 0 },
  },
  "origin, me, renewed": {
    why: "One statement finds the old session; a second one updates it and inserts the new one.",
    limits: { roundTrips: 2, transactions: 2, writingCommits: 1, rowsRead: 6, rowsWritten: 2, pages: 42, logBytes: 1000 },
  },
  "origin, log-out": {
    why: "The session's owner is locked before its chain is ended, and the audit log is written.",
    limits: { roundTrips: 5, transactions: 1, writingCommits: 1, rowsRead: 3, rowsWritten: 2, pages: 37, logBytes: 1060 },
  },
  "origin, cancel": {
    why: "One statement finds the live token by its account and deletes it, in a transaction with the audit log.",
    limits: { roundTrips: 4, transactions: 1, writingCommits: 1, rowsRead: 3, rowsWritten: 2, pages: 22, logBytes: 590 },
  },
  "origin, reset, unknown token": {
    why: "Of a token that is not live two more questions are asked: whether this very call used it, and whether it was issued.",
    limits: { roundTrips: 3, transactions: 3, writingCommits: 0, rowsRead: 0, rowsWritten: 0, pages: 7, logBytes: 0 },
  },
  "origin, wrong code": {
    why: "One function locks the request, compares, and counts in its row and in that of the hour.",
    limits: { roundTrips: 1, transactions: 1, writingCommits: 1, rowsRead: 5, rowsWritten: 2, pages: 17, logBytes: 400 },
  },
  "origin, change password": {
    why: "The session is read before and after the hash, and again for what it was renewed into; one function changes all tables.",
    limits: { roundTrips: 3, transactions: 3, writingCommits: 1, rowsRead: 21, rowsWritten: 8, pages: 128, logBytes: 3200 },
  },
  "origin, reset": {
    why: "The token is read before and after the hash; one function of the database changes all tables.",
    limits: { roundTrips: 3, transactions: 3, writingCommits: 1, rowsRead: 16, rowsWritten: 5, pages: 83, logBytes: 1800 },
  },
  "origin, reset, under a key": {
    why: "As a reset; the key is stored before it, and the answer after it.",
    limits: { roundTrips: 5, transactions: 5, writingCommits: 3, rowsRead: 18, rowsWritten: 7, pages: 110, logBytes: 2600 },
  },
  "origin, sessions": {
    why: "The session is found with its account, then the account's other sessions.",
    limits: { roundTrips: 2, transactions: 2, writingCommits: 0, rowsRead: 12, rowsWritten: 0, pages: 24, logBytes: 0 },
  },
  "origin, me, no session": {
    why: "One statement finds none; another looks whether it was renewed before.",
    limits: { roundTrips: 2, transactions: 2, writingCommits: 0, rowsRead: 0, rowsWritten: 0, pages: 5, logBytes: 0 },
  },
  "mail, idle round": {
    why: "A decision looks for due requests, a claim for due deliveries, each in a transaction.",
    limits: { roundTrips: 6, transactions: 2, writingCommits: 0, rowsRead: 0, rowsWritten: 0 },
  },
  "mail, alone": {
    why: "Decided, claimed and settled: the request changes twice, the delivery is made and changes twice, a token and an attempt are added.",
    limits: { roundTrips: 11, transactions: 3, writingCommits: 3, rowsRead: 21, rowsWritten: 7, coldUpdates: 2 },
  },
  "mail, of many": {
    why: "A round is shared by 64 mails. The settlements are not counted: all mails that end during one settlement share the next.",
    limits: { roundTrips: 0.17, transactions: 0.045, writingCommits: 0.04, rowsRead: 24, rowsWritten: 7, coldUpdates: 2.3 },
  },
  "mail, suppressed": {
    why: "The statements of a mail; its token is deleted again.",
    limits: { roundTrips: 11, transactions: 3, writingCommits: 3, rowsRead: 22, rowsWritten: 8, coldUpdates: 2 },
  },
  "mail, no account": {
    why: "A rehearsal: the statements of a mail, without the token.",
    limits: { roundTrips: 11, transactions: 3, writingCommits: 3, rowsRead: 10, rowsWritten: 6, coldUpdates: 2 },
  },
  "edge, forgot, new keys": {
    why: "The limiter counts in memory; the rest is the call to the origin, and a line of the log.",
    limits: { systemCalls: 6, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, forgot, known keys": {
    why: "As for new keys.",
    limits: { systemCalls: 6, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, forgot, limited": {
    why: "The instance remembers the refusal and asks no limiter.",
    limits: { systemCalls: 3, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, malformed body": {
    why: "The module refuses it after the body was read; the log has one line a second for all such refusals.",
    limits: { systemCalls: 3, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, forged token": {
    why: "The module refuses it after the body was read; the log has one line a second for all such refusals.",
    limits: { systemCalls: 3, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, page": {
    why: "The page is in memory: no file and no origin.",
    limits: { systemCalls: 3, syncs: 0, bytesWritten: 0, connections: 0 },
  },
  "edge, forgot, stored": {
    why: "The limiter stores the changes of ten requests together, a second after the first.",
    limits: { systemCalls: 20, syncs: 0.1, bytesWritten: 17000, connections: 0 },
    varying: ["systemCalls", "bytesWritten"], // the fewer, the more of the keys, which are hashes, share a page
  },
  "module, register": {
    why: "A step for the body, one for the limiter, which counts all keys at once, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1547, bytesOut: 1139, arenaBytes: 3936 },
  },
  "module, log-in": {
    why: "A step for the body, one for the limiter, which counts all keys at once, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1449, bytesOut: 1374, arenaBytes: 4320 },
  },
  "module, me": {
    why: "No body: a step for the limiter, one for the origin, one for the answer.",
    limits: { steps: 3, limits: 1, bytesIn: 1243, bytesOut: 1108, arenaBytes: 3552 },
  },
  "module, change password": {
    why: "A step for the body, one for the limiter, which counts all keys at once, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1911, bytesOut: 1265, arenaBytes: 4208 },
  },
  "module, log-out": {
    why: "No body: a step for the limiter, one for the origin, one for the answer.",
    limits: { steps: 3, limits: 1, bytesIn: 1088, bytesOut: 1018, arenaBytes: 3536 },
  },
  "module, forgot": {
    why: "A step for the body, one for the limiter, which counts all keys at once, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1368, bytesOut: 1282, arenaBytes: 3344 },
  },
  "module, forgot, device": {
    why: "As without a device id; the limiter is asked for the device's keys, too, in the same question.",
    limits: { steps: 4, limits: 1, bytesIn: 1804, bytesOut: 1313, arenaBytes: 3700 },
  },
  "module, reset": {
    why: "A step for the body, one for the limiter, which counts recovery and client at once, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1668, bytesOut: 1305, arenaBytes: 4448 },
  },
  "module, cancel": {
    why: "A step for the body, one for the limiter, one for the origin, one for the answer.",
    limits: { steps: 4, limits: 1, bytesIn: 1575, bytesOut: 1044, arenaBytes: 3984 },
  },
  "module, forged token": {
    why: "The tag is verified before any limiter is asked.",
    limits: { steps: 2, limits: 0, bytesIn: 625, bytesOut: 370, arenaBytes: 1752 },
  },
  "module, malformed body": {
    why: "The body is read before any limiter is asked.",
    limits: { steps: 2, limits: 0, bytesIn: 507, bytesOut: 368, arenaBytes: 1440 },
  },
  "module, page": {
    why: "One step names the page.",
    limits: { steps: 1, limits: 0, bytesIn: 185, bytesOut: 487, arenaBytes: 752 },
  },
  "module, largest request": {
    why: "Every step reads the whole transcript again, and copies what it makes of it.",
    limits: { steps: 4, limits: 1, bytesIn: 154189, bytesOut: 1742, arenaBytes: 13712 },
  },
  "thousand clients, edge": {
    why: "One limiter counts them all, in one database of bounded size.",
    limits: { descriptors: 18, files: 1, diskBytes: 2500000 },
  },
  "thousand clients, origin": {
    why: "64 threads for light calls, four for each hash at once, four senders, one that writes the log, two that ask the database for the operation listener; connections of the edge and to the database.",
    limits: { descriptors: 33, threads: 86 },
    varying: ["descriptors"],
  },
};
