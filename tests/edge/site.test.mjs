// The site that the Worker reads when it starts: a folder beside it, which an operator may replace by one with a brand.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { EdgeProcess } from "./edge_process.mjs";
import { StubOrigin } from "./stub_origin.mjs";
import { WorkerdProcess, buildForWorkerd } from "./workerd_process.mjs";

const root = join(import.meta.dirname, "..", "..");
const origin = new StubOrigin();
const folder = mkdtempSync(join(tmpdir(), "rekey-branded-"));
const site = join(folder, "site");

/** @param {string} out @param {string} brand */
function writeSite(out, brand) {
  const program = process.env.REKEY_ORIGIN_BINARY ?? join(root, "build/native/origin/rekey-origin");
  const env = { PATH: process.env.PATH, BRAND_DIR: brand, TEMPLATES_DIR: join(root, "templates") };
  execFileSync(program, ["--env-file", "/dev/null", "site", out, "--parts", join(root, "build/site/parts")], { stdio: "pipe", env });
}

before(async () => {
  buildForWorkerd();
  await origin.start();
  writeSite(site, join(root, "templates/brand-example"));
});
after(async () => {
  await origin.stop();
  rmSync(folder, { recursive: true });
});

/** @typedef {(path: string, headers?: Record<string, string>) => Promise<{status: number, headers: Record<string, unknown>, text: string}>} Get */

/** @param {Get} get */
async function assertBranded(get) {
  const page = await get("/login", { "accept-language": "de" });
  assert.equal(page.status, 200);
  assert.match(page.text, /<title>[^<]* · Example Library<\/title>/);
  assert.match(page.text, /data-product-name="Example Library"/);
  assert.match(page.text, />Fragen Sie uns<\/a>/);
  assert.match(String(page.headers["content-security-policy"]), /img-src 'self';/);
  const logo = /** @type {RegExpExecArray} */ (/<img src="(\/assets\/logo\.[0-9a-f]{16}\.svg)"/.exec(page.text));
  const image = await get(logo[1]);
  assert.deepEqual([image.status, image.headers["content-type"], image.headers["x-content-type-options"]], [200, "image/svg+xml", "nosniff"]);
  assert.equal(image.headers["content-security-policy"], "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox");
  assert.equal(image.text, readFileSync(join(root, "templates/brand-example/logo.svg"), "utf8"));
  assert.equal((await get("/site.json")).status, 404); // the Worker's, no asset
}

describe("a site with a brand is served", () => {
  test("by workerd, from the folder in SITE_DIR", async () => {
    const edge = await new WorkerdProcess({ ORIGIN_URLS: origin.url, FRONTEND_URL: "https://account.example.com", CLIENT_IP_HEADER: "X-Real-IP", SITE_DIR: site }).start();
    try {
      await assertBranded(async (path, headers) => edge.ask("GET", path, { "x-forwarded-proto": "https", "x-real-ip": "192.0.2.1", ...headers }));
      // The doctor compares the names.
      assert.equal((await edge.ask("GET", "/healthz", { "x-forwarded-proto": "https", "x-real-ip": "192.0.2.1" })).status, 200);
    } finally {
      await edge.remove();
    }
  });

  test("by wrangler, from the folder after --assets", async () => {
    const edge = await new EdgeProcess({ ORIGIN_URLS: origin.url }, undefined, ["--assets", site]).start();
    try {
      await assertBranded(async (path, headers = {}) => {
        const response = await edge.fetch(path, { headers });
        return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
      });
    } finally {
      await edge.remove();
    }
  });
});

test("a page of the site before still finds its assets while the edge runs on", async () => {
  const edge = await new WorkerdProcess({ ORIGIN_URLS: origin.url, FRONTEND_URL: "https://account.example.com", CLIENT_IP_HEADER: "X-Real-IP", SITE_DIR: site }).start();
  try {
    const ask = (/** @type {string} */ path) => edge.ask("GET", path, { "x-forwarded-proto": "https", "x-real-ip": "192.0.2.1" });
    await ask("/login");
    const brand = join(folder, "other");
    execFileSync("cp", ["-r", join(root, "templates/brand-example"), brand]);
    writeFileSync(join(brand, "brand.json"), '{"name": "Other", "colors": {"light": {"accent": "#004400"}}}');
    writeSite(site, brand);
    const page = await ask("/login");
    assert.match(page.text, /Example Library/);
    for (const path of new Set(page.text.match(/\/assets\/[\w.-]+/g))) assert.equal((await ask(path)).status, 200, path);
  } finally {
    await edge.remove();
  }
});

test("a folder without a site does not start the edge under workerd", () => {
  const env = { PATH: process.env.PATH, WORKERD: join(root, "node_modules/workerd/bin/workerd"), SITE_DIR: folder };
  const { status, stderr } = spawnSync(join(root, "build/workerd/start"), { encoding: "utf8", env });
  assert.equal(status, 2);
  assert.equal(stderr, `edge: there is no site in ${folder}: rekey-origin site writes one\n`);
});
