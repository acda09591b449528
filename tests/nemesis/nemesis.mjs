// `scripts/prove nemesis [minutes] [seed] [--accounts PRODUCT]`: torments a Rekey of its own on this machine and reports broken promises. If
// there are any, the exit code is 1 and the history is kept below .rekey/nemesis. REKEY_NEMESIS_KEEP=1 keeps it in any case.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

import { ADOPTABLE } from "../system/foreign_accounts.mjs";
import { describe } from "./checker.mjs";
import { runNemesis } from "./nemesis_run.mjs";
import { tablesOf } from "./report.mjs";

const MOST_DESCRIBED = 20;

async function main() {
  const { values, positionals } = parseArgs({ options: { accounts: { type: "string" } }, allowPositionals: true });
  const { accounts } = values;
  const minutes = Number(positionals[0] ?? 2);
  const seed = positionals[1] ?? randomBytes(4).toString("hex");
  if (accounts !== undefined && !ADOPTABLE.includes(accounts)) throw new Error(`the accounts must be those of ${ADOPTABLE.join(" or ")}`);
  if (!(minutes >= 0.25 && minutes <= 24 * 60)) throw new Error("the minutes must be a number from 0.25 to 1440");
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(seed)) throw new Error("the seed must be 1 to 40 letters, digits, - or _");
  console.log(`nemesis: ${minutes} minutes, seed ${seed}${accounts ? `, accounts of ${accounts}` : ""}`);
  const result = await runNemesis({ seconds: minutes * 60, seed, accounts, tell: (line) => console.log(`nemesis: ${line}`) });
  console.log(tablesOf(result));
  const { violations } = result;
  for (const violation of violations.slice(0, MOST_DESCRIBED)) console.log(`\n${describe(violation)}`);
  if (violations.length > MOST_DESCRIBED) console.log(`\n... and ${violations.length - MOST_DESCRIBED} more`);
  if (violations.length > 0 || process.env.REKEY_NEMESIS_KEEP) console.log(`\nhistory: ${result.path}`);
  else result.forget();
  console.log(`\n${violations.length} violations. To repeat the same faults: scripts/prove nemesis ${minutes} ${seed}${accounts ? ` --accounts ${accounts}` : ""}`);
  process.exit(violations.length > 0 ? 1 : 0);
}

await main();
