// A program whose system calls are known, to check strace's counts: a given number of writes of 100 bytes, waits for the disk and
// connections, all at once, so that its threads interrupt each other's lines in the trace. Run by system_calls.test.mjs.
//   node known_calls.mjs FILE WRITES FSYNCS FDATASYNCS CONNECTIONS PORT
import { open } from "node:fs/promises";
import { connect } from "node:net";
import { once } from "node:events";

const [path, ...numbers] = process.argv.slice(2);
const [writes, fsyncs, fdatasyncs, connections, port] = numbers.map(Number);
const file = await open(path, "w");
const hundred = Buffer.alloc(100);

/** @param {number} count @param {(index: number) => Promise<unknown>} work */
const times = (count, work) => Array.from({ length: count }, (_, index) => work(index));

await Promise.all([
  ...times(writes, (index) => file.write(hundred, 0, 100, index * 100)),
  ...times(fsyncs, () => file.sync()),
  ...times(fdatasyncs, () => file.datasync()),
  ...times(connections, () => once(connect({ host: "127.0.0.1", port }).end(), "close")),
]);
await file.close();
