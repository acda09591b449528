// The documents by which iOS and Android know the applications that may open the links of mails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { InvalidSetting, Rules } from "../../edge/host/rules.js";
import { module, NodeEdge, setup } from "./node_edge.mjs";

const APPLE = "/.well-known/apple-app-site-association";
const ANDROID = "/.well-known/assetlinks.json";
const PRINT = "14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5";
const OTHER = PRINT.replace("14", "15");

/** @param {Record<string, string>} settings @param {string} path */
async function documentOf(settings, path) {
  const response = await new NodeEdge(settings).fetch(path);
  assert.equal(response.status, 200);
  return /** @type {any} */ (await response.json());
}

describe("the documents of applications", () => {
  test("each has its exact media type, is served without a redirect, and may be cached", async () => {
    const edge = new NodeEdge({ IOS_APP_IDS: "ABCDE12345.com.example.app", ANDROID_APPS: `com.example.app=${PRINT}` });
    for (const path of [APPLE, ANDROID]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await edge.fetch(path, { method, redirect: "manual" });
        assert.equal(response.status, 200, path);
        assert.equal(response.headers.get("content-type"), "application/json");
        assert.equal(response.headers.get("cache-control"), "public, max-age=3600");
      }
    }
  });

  test("iOS opens the pages of a reset and of its cancellation, and no others", async () => {
    const { applinks } = await documentOf({ IOS_APP_IDS: "ABCDE12345.com.example.app, 0123456789.org.example-b.App" }, APPLE);
    assert.deepEqual(applinks, {
      details: [{
        appIDs: ["ABCDE12345.com.example.app", "0123456789.org.example-b.App"],
        components: [{ "/": "/reset-password" }, { "/": "/reset-password/cancel" }],
      }],
    });
  });

  test("Android gets a statement for each package and certificate, limited to the same pages", async () => {
    const statements = await documentOf({ ANDROID_APPS: `com.example.app=${PRINT},com.example.app=${OTHER}` }, ANDROID);
    assert.equal(statements.length, 2);
    const handle = "delegate_permission/common.handle_all_urls";
    for (const [i, print] of [PRINT, OTHER].entries()) {
      const { relation, target, relation_extensions } = statements[i];
      assert.deepEqual(relation, [handle]);
      assert.deepEqual(target, { namespace: "android_app", package_name: "com.example.app", sha256_cert_fingerprints: [print] });
      assert.deepEqual(relation_extensions[handle].dynamic_app_link_components,
        [{ "/": "/reset-password" }, { "/": "/reset-password/cancel" }, { "/": "*", exclude: true }]);
    }
  });

  test("a system without applications has no document; recovery alone has them, too", async () => {
    const without = new NodeEdge({});
    for (const path of [APPLE, ANDROID]) assert.equal((await without.fetch(path)).status, 404, path);
    assert.equal((await new NodeEdge({ IOS_APP_IDS: "ABCDE12345.a" }).fetch(ANDROID)).status, 404);
    assert.equal((await new NodeEdge({ IOS_APP_IDS: "ABCDE12345.a", FEATURES: "recovery" }).fetch(APPLE)).status, 200);
  });
});

describe("the settings", () => {
  const bad = {
    IOS_APP_IDS: ["com.example.app", "ABCDE1234.com.example.app", "abcde12345.com.example.app", "ABCDE12345.", "ABCDE12345", 'ABCDE12345.a"b', "ABCDE12345.a,", "ABCDE12345.a,,ABCDE12345.b",
      "ABCDE12345.a b", "ABCDE12345.{{a}}", "ABCDE12345.*"],
    ANDROID_APPS: ["com.example.app", "com.example.app=", `=${PRINT}`, `com.example.app=${PRINT.toLowerCase()}`, `com.example.app=${PRINT.slice(3)}`, `com.example.app=${PRINT}:00`,
      `com.example.app=${PRINT.replaceAll(":", "")}`, `com.example.app=${PRINT},`, `com.exam"ple=${PRINT}`, `com.example.app:${PRINT}`],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      test(`${name} is refused by its name when it is ${JSON.stringify(value)}`, () => {
        const rules = new Rules(module, setup({ [name]: value }));
        assert.throws(() => rules.wantedHeaders, (error) => error instanceof InvalidSetting && error.setting === name);
      });
    }
  }
});
