// Checks a kept run again: node tests/nemesis/recheck.mjs .rekey/nemesis/<run>.jsonl
import { check, describe } from "./checker.mjs";
import { readHistory } from "./recorder.mjs";

const path = process.argv[2];
if (!path) throw new Error("the argument must be a file of .rekey/nemesis");
const { violations, counts } = check(readHistory(path));
console.log(counts);
for (const violation of violations) console.log(`\n${describe(violation)}`);
console.log(`\n${violations.length} violations`);
process.exit(violations.length > 0 ? 1 : 0);
