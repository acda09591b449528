// The shared vectors in the edge's and the pages' builds: shared_tests proves the same natively.
// Run by `node --test`; the modules are under $REKEY_BUILD (default: build).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const vectors = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const build = process.env.REKEY_BUILD ?? "build";
const stems = readdirSync(vectors)
  .filter((name) => name.endsWith(".txt") && name !== "CMakeLists.txt")
  .map((name) => name.slice(0, -4));

/** The stems that each build has rules for, and the imports that its module may have. @type {Record<string, {stems: string[], imports: string[]}>} */
const builds = {
  edge: { stems: ["code", "email", "form", "json", "language", "password", "rate", "signature", "token", "username"], imports: [] },
  pages: { stems: ["email", "password", "token", "username"], imports: ["proc_exit"] }, // Emscripten's abort()
};

/** @type {WebAssembly.Imports} */
const imports = {
  wasi_snapshot_preview1: {
    proc_exit: () => {
      throw new Error("the module gave up");
    },
  },
};

/**
 * @typedef {{memory: WebAssembly.Memory, _initialize: () => void, make_buffer: (size: number) => number,
 *   run: (stemSize: number) => number, passed: () => number, failed: () => number,
 *   failure: () => number, failure_size: () => number}} Runner
 */

/**
 * @param {string} part
 * @returns {Runner}
 */
function loadRunner(part) {
  const path = join(build, part, "tests", "vectors", "vector_runner.wasm");
  const module = new WebAssembly.Module(readFileSync(path));
  const names = WebAssembly.Module.imports(module).map((needed) => needed.name);
  assert.deepEqual(names, builds[part].imports, `what ${path} imports`);
  const runner = /** @type {Runner} */ (/** @type {unknown} */ (new WebAssembly.Instance(module, imports).exports));
  runner._initialize();
  return runner;
}

/**
 * @param {Runner} runner
 * @param {string} stem
 * @returns {{passed: number, failed: number, failure: string} | undefined} nothing where the build has no such rules
 */
function runVectors(runner, stem) {
  const name = Buffer.from(stem);
  const bytes = Buffer.concat([name, readFileSync(join(vectors, `${stem}.txt`))]);
  const address = runner.make_buffer(bytes.length);
  new Uint8Array(runner.memory.buffer, address, bytes.length).set(bytes);
  if (runner.run(name.length) === 0) return undefined;
  const text = new Uint8Array(runner.memory.buffer, runner.failure(), runner.failure_size());
  return { passed: runner.passed(), failed: runner.failed(), failure: Buffer.from(text).toString() };
}

for (const part of Object.keys(builds)) {
  test(`the ${part} build agrees with every shared vector it has rules for`, (context) => {
    const runner = loadRunner(part);
    /** @type {string[]} */
    const ran = [];
    for (const stem of stems) {
      const tally = runVectors(runner, stem);
      if (tally === undefined) continue;
      ran.push(stem);
      context.diagnostic(`${part} ${stem}: ${tally.passed} passed, ${tally.failed} failed`);
      assert.equal(tally.failed, 0, `${stem}: ${tally.failure}`);
      assert.ok(tally.passed > 0, `${stem} has records`);
    }
    assert.deepEqual(ran.sort(), builds[part].stems);
  });
}
