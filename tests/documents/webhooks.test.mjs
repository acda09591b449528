// README.md lists the events of webhooks as the program has them, and the commands and the setting offer the same ones.
import assert from "node:assert/strict";
import { test } from "node:test";

import { origin, read, section, tableRows } from "./document.mjs";

const rows = [...read("origin/ports/webhook_store.h").matchAll(/\{WebhookEvent::k\w+,\s*"([^"]+)",\s*"((?:[^"]|"\s+")+)"\}/g)]
  .map(([, type, meaning]) => [`\`${type}\``, meaning.replace(/"\s+"/g, "")]);
const types = rows.map(([type]) => type.slice(1, -1));

test("README.md lists the events with their meanings", () => {
  assert.equal(rows.length, 5);
  assert.deepEqual(tableRows(section(read("README.md"), "Webhooks")), rows);
});

test("each event is sent unless the setting says otherwise, and `webhooks list` knows it", () => {
  assert.ok(origin("settings", "--markdown").includes(`| \`WEBHOOK_EVENTS\` | \`${types.join(",")}\` |`));
  const words = /kWebhookTypes\[\] = \{([^}]*)\}/.exec(read("origin/commands/command_table.cpp"))?.[1] ?? "";
  assert.deepEqual([...words.matchAll(/"([^"]+)"/g)].map(([, word]) => word), types);
});

test("the schema reports these events and no others", () => {
  const written = [...read("origin/migrations/0001_schema.sql").matchAll(/'((?:password_reset|password|account|mail)\.[a-z]+)'/g)].map(([, type]) => type);
  assert.deepEqual([...new Set(written)].filter((type) => !["password.reset"].includes(type)).sort(), [...types].sort());
});
