// The operator's commands: README.md has the table of all, the manual page is sound, and bash and zsh complete words, options and files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { origin, read, section, tableRows } from "./document.mjs";

test("README.md's table is what `rekey-origin manual --markdown` prints", () => {
  const rows = tableRows(section(read("README.md"), "The operator's commands"));
  const documented = rows.filter((row) => row.length === 2 && row[0].startsWith("`"));
  assert.deepEqual(documented, tableRows(origin("manual", "--markdown")));
});

test("groff formats the manual page without a warning", () => {
  const page = origin("manual");
  const formatted = execFileSync("groff", ["-man", "-Tutf8", "-ww", "-rF0", "-P-cbou"], { input: page, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  assert.match(formatted, /EXIT STATUS/);
  assert.match(formatted, /user require-reset/);
});

/** How each shell is asked for what the Tab key would offer; the arguments are the script and the words, the last of which is being typed. */
const ASK = {
  bash: 'source "$1"; shift; COMP_WORDS=(rekey-origin "$@"); COMP_CWORD=$#; _rekey_origin; printf "%s\\n" "${COMPREPLY[@]}"',
  // The real compadd and _files work only while a line is edited.
  zsh: `compadd() { shift; print -l -- \${(M)@:#$words[CURRENT]*} }; _files() { print -l -- $words[CURRENT]*(N) }
    script=$1; shift; words=(rekey-origin "$@"); CURRENT=$#words; source $script`,
};

for (const [shell, ask] of Object.entries(ASK)) describe(shell, () => {
  const folder = mkdtempSync(join(tmpdir(), "rekey-completion-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, "completion");
  writeFileSync(script, origin("completion", shell));
  writeFileSync(join(folder, "users.csv"), "");

  /** @param {...string} words @returns {string[]} */
  function offered(...words) {
    const options = shell === "zsh" ? ["-fuc"] : ["-uc"];
    const output = execFileSync(shell, [...options, ask, shell, script, ...words], { cwd: folder, encoding: "utf8" });
    return output.split("\n").filter(Boolean).sort();
  }

  for (const [words, expected] of /** @type {[string[], string[]][]} */ ([
    [["us"], ["user"]],
    [["user", "re"], ["require-reset"]],
    [["user", "l"], ["list"]],
    [["user", "list", "--s"], ["--search", "--state"]],
    [["user", "list", "--state", ""], ["active", "inactive"]],
    [["user", "list", "--search", ""], []],
    [["user", "list", "--json", "--al"], ["--all"]],
    [["requests", "--state", "q"], ["queued"]],
    [["deliveries", "--kind", "l"], ["link"]],
    [["preview", "p"], ["password-changed"]],
    [["preview", "reset", "--part", "h"], ["html"]],
    [["keys", "rotate", "SEED"], ["SEED_SECRET"]],
    [["user", "import", "us"], ["users.csv"]],
    [["--env-file", "us"], ["users.csv"]],
    [["--env-file", "users.csv", "mail", "t"], ["test"]],
    [["serve", "--j"], []],
    [["nonsense", ""], []],
  ])) {
    test(`offers ${expected.join(", ") || "nothing"} after \`${words.join(" ")}\``, () => assert.deepEqual(offered(...words), expected));
  }
});
