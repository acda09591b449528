// Events and metrics of the origin: each is in the table beside its enum, is written by some source, and is in README.md.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { everyFile, read, section, tableRows } from "./document.mjs";

const tables = { events: "origin/ports/event_log.h", metrics: "origin/ports/metrics.h", ends: "origin/ports/mail_end.h" };
const [eventLog, metrics] = [read(tables.events), read(tables.metrics)];
const readme = section(read("README.md"), "Events and metrics");

/** The origin's sources without the tables themselves and without comments. */
const written = everyFile("origin")
  .filter((path) => /\.(h|cpp)$/.test(path) && !Object.values(tables).includes(path))
  .map((path) => read(path).replace(/\/\/.*$/gm, ""))
  .join("\n");

/**
 * @param {string} source
 * @param {string} name of an enum
 * @returns {string[]} its enumerators
 */
function enumerators(source, name) {
  const body = new RegExp(`enum class ${name} : std::uint8_t \\{([^}]*)\\}`).exec(source)?.[1] ?? assert.fail(name);
  return [...body.matchAll(/\bk\w+/g)].map(([word]) => word);
}

/** @param {string} text of adjacent C++ string literals */
const joined = (text) => text.replace(/"\s*"/g, "").replaceAll('\\"', '"');

const events = [...eventLog.matchAll(/\{Event::(\w+), LogLevel::k(\w+), "([^"]+)",\s*"((?:[^"\\]|\\.|"\s*")*)"\}/g)].map(
  ([, key, level, name, meaning]) => ({ key, level: level.toLowerCase(), name, meaning: joined(meaning) }),
);

const words = new Map([...metrics.matchAll(/\{Label::(\w+), "(\w*)"\}/g)].map(([, key, word]) => [key, word]));

const numbers = [
  ...metrics.matchAll(/\{(Counter|Gauge|Timing)::(\w+),\s*"(\w+)",\s*"((?:[^"]|"\s*")*)",\s*\{([^}]*)\}(?:,\s*"(\w+)")?\}/g),
].map(([, family, key, name, help, labels, labelName]) => ({
  family, key, name, help: joined(help), labels: [...labels.matchAll(/Label::(\w+)/g)].map(([, label]) => label), labelName,
}));

/** @param {string} cell of a table's first column */
const namesNumber = (cell) => /^`(rekey|process)_/.test(cell);

/** Labels as README.md writes them. @param {{labels: string[], labelName?: string}} number */
const labelsCell = ({ labels, labelName }) =>
  (labelName ? `\`${labelName}\`: ` : "") + labels.map((label) => `\`${words.get(label)}\``).join(", ");

describe("the tables", () => {
  test("there is one row for each event, label and number", () => {
    assert.deepEqual(events.map((event) => event.key), enumerators(eventLog, "Event"));
    assert.deepEqual([...words.keys()], enumerators(metrics, "Label"));
    for (const family of ["Counter", "Gauge", "Timing"]) {
      assert.deepEqual(numbers.filter((number) => number.family === family).map((number) => number.key), enumerators(metrics, family));
    }
  });

  test("no two events, labels or numbers have the same word", () => {
    for (const all of [events.map((event) => event.name), [...words.values()], numbers.map((number) => number.name)]) {
      assert.equal(new Set(all).size, all.length);
    }
  });

  test("each label belongs to a number", () => {
    const used = new Set(numbers.flatMap((number) => number.labels));
    for (const label of words.keys()) assert.ok(label === "kNone" || used.has(label), label);
  });
});

describe("what the tables hold is written", () => {
  for (const { key } of events) test(`Event::${key}`, () => assert.match(written, new RegExp(`\\bEvent::${key}\\b`)));
  for (const { family, key } of numbers) {
    test(`${family}::${key}`, () => assert.match(written, new RegExp(`\\b${family}::${key}\\b`)));
  }
  // The word of a state or a verdict may come as text, from a statement or a table of words.
  for (const [label, word] of [...words].filter(([key]) => key !== "kNone")) {
    test(`Label::${label}`, () => assert.match(written, new RegExp(`\\bLabel::${label}\\b|["']${word}["']`)));
  }
});

describe("README.md lists them", () => {
  const rows = tableRows(readme);

  test("every event, with its level and meaning, and no other", () => {
    const listed = rows.filter((row) => row.length === 3 && !namesNumber(row[0]));
    assert.deepEqual(listed, events.map((event) => [`\`${event.name}\``, event.level, event.meaning]));
  });

  test("every number, with its labels, and no other", () => {
    const calls = ["rekey_requests_total", "rekey_request_seconds", "rekey_reset_requests_ended_total", "rekey_notices_ended_total"];
    const listed = rows.filter((row) => namesNumber(row[0]) && !calls.some((name) => row[0].includes(name)));
    const expected = numbers.map((number) => [`\`${number.name}\``, labelsCell(number), number.help]);
    assert.deepEqual(listed, expected);
    for (const name of calls) assert.ok(rows.some((row) => row[0] === `\`${name}\``) && read("origin/system/metrics_registry.cpp").includes(name));
  });

  test("what the build info tells", () => {
    assert.ok(readme.includes("`rekey_build_info`") && read("origin/system/metrics_registry.cpp").includes('"rekey_build_info"'));
  });
});

describe("the ends of requests and notices", () => {
  const source = read("origin/ports/mail_end.h");
  const ends = [...source.matchAll(/\{MailEnd::(\w+), "(\w+)", "(\w+)", "([^"]+)"\}/g)].map(([, key, ...cells]) => ({ key, cells }));

  test("README.md lists each with its cause and meaning, and no other", () => {
    assert.deepEqual(ends.map(({ key }) => key), enumerators(source, "MailEnd"));
    const listed = tableRows(section(read("README.md"), "The operator's commands")).filter((row) => row.length === 3);
    assert.deepEqual(listed, ends.map(({ cells: [state, cause, meaning] }) => [`\`${state}\``, `\`${cause}\``, meaning]));
  });

  for (const { key } of ends) {
    test(`${key} is told`, () => assert.match(written, new RegExp(`\\bMailEnd::${key}\\b`)));
  }
});
