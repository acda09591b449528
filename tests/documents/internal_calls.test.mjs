// The calls from the edge to the origin: DESIGN.md's table and its envelope agree with shared/internal_calls.h.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { bare, inlineCode, read, section, tableRows } from "./document.mjs";

const header = read("shared/internal_calls.h").replace(/\/\/.*$/gm, "");
const design = section(read("DESIGN.md"), "The edge and the origin");

/** @param {RegExp} pattern whose first group holds a list @returns {string} the list */
const listIn = (pattern) => pattern.exec(header)?.[1] ?? assert.fail(String(pattern));

/** @param {string} name of an enum @returns {string[]} its enumerators */
const enumerators = (name) => [...listIn(new RegExp(`enum class ${name} [^{]*\\{([^}]*)\\}`)).matchAll(/\bk\w+/g)].map(([found]) => found);

/** @param {string} text @returns {string[]} */
const strings = (text) => [...text.matchAll(/"([^"]*)"/g)].map(([, found]) => found);

const inputNames = strings(listIn(/kInputRules\[\] = \{([\s\S]*?)\n\};/));
const outcomeWords = strings(listIn(/kOutcomeWords\[\] = \{([\s\S]*?)\};/));

/** @param {string} list of enumerators @param {string} name of the enum @param {string[]} words in the enum's order */
const worded = (list, name, words) => [...list.matchAll(/\bk\w+/g)].map(([found]) => words[enumerators(name).indexOf(found)]);

const row = /\{k\w+, "([a-z-]+)", k(Quick|Hashing), \{([^}]*)\}, \{([^}]*)\}\}/g;
const inCode = [...listIn(/kAll\[\] = \{([\s\S]*?)\n\};/).replace(/\s+/g, " ").matchAll(row)].map(([, useCase, cost, input, outcomes]) => ({
  useCase,
  cost: cost.toLowerCase(),
  input: worded(input, "InputField", inputNames),
  outcomes: worded(outcomes, "CallOutcome", outcomeWords),
}));

const inDesign = tableRows(design).map(([useCase, cost, input, outcomes]) => ({
  useCase: bare(useCase),
  cost,
  input: input.startsWith("none") ? [] : inlineCode(input),
  outcomes: outcomes.split(";").map((outcome) => inlineCode(outcome)[0]),
}));

describe("the internal calls", () => {
  test("have a name for each enumerator", () => {
    assert.equal(inputNames.length, enumerators("InputField").length);
    assert.equal(outcomeWords.length, enumerators("CallOutcome").length);
    assert.equal(inCode.length, enumerators("UseCase").length);
  });

  test("are listed in DESIGN.md with their cost, input and outcomes, and no others are", () => {
    assert.ok(inCode.length > 5);
    const byName = (/** @type {{useCase: string}} */ a, /** @type {{useCase: string}} */ b) => a.useCase.localeCompare(b.useCase);
    const plain = (/** @type {typeof inCode} */ calls) => calls.map((call) => ({ ...call, outcomes: [...call.outcomes].sort() })).sort(byName);
    assert.deepEqual(plain(inDesign), plain(inCode));
  });

  test("have the envelope that DESIGN.md shows", () => {
    const envelope = JSON.parse((/^\{"version".*$/m.exec(design)?.[0] ?? "").replace("{...}", "{}"));
    const names = new Map([...header.matchAll(/string_view (k\w+Name) = "(\w+)"/g)].map(([, constant, name]) => [constant, name]));
    const ruled = (/** @type {string} */ rules) => [...listIn(new RegExp(`${rules}\\[\\] = \\{([\\s\\S]*?)\\};`)).matchAll(/k\w+Name/g)].map(([name]) => names.get(name));
    assert.deepEqual(Object.keys(envelope), ruled("kEnvelopeRules"));
    assert.deepEqual(Object.keys(envelope.client), ruled("kClientRules"));
  });
});
