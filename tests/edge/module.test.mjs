// rekey.wasm as a module: its exports, its size, its memory, and its traps at malformed messages from the host.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { LimiterTable, SEED_SIZE } from "../../edge/host/limiter_table.js";
import { ACTION, BODY_FAULT, MAX_TEXT, Message, RANDOM_SIZE, REPLY_FAULT, TAG } from "../../edge/host/message.js";
import { InvalidSetting, Rules } from "../../edge/host/rules.js";
import { base64url, mintToken, originKey, settings } from "./keys.mjs";
import { languages, module, setup, wasm } from "./node_edge.mjs";

const header = readFileSync(new URL("../../edge/exports.h", import.meta.url), "utf8");

/** @param {string} path @param {string} body */
function transcript(path, body, random = 7) {
  return new Message()
    .text(TAG.method, "POST")
    .text(TAG.url, `http://localhost:8787${path}`)
    .text(TAG.country, "")
    .number(TAG.now, Date.now())
    .bytes(TAG.random, new Uint8Array(RANDOM_SIZE).fill(random))
    .text(TAG.headerName, "content-type")
    .text(TAG.headerValue, "application/json")
    .text(TAG.body, body);
}

describe("the module", () => {
  test("imports nothing", () => assert.deepEqual(WebAssembly.Module.imports(module), []));

  test("exports the functions of edge/exports.h, memory and _initialize, and nothing else", () => {
    const declared = [...header.matchAll(/REKEY_EXPORT\((rekey_\w+)\)/g)].map((match) => match[1]);
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    assert.ok(declared.length >= 4);
    assert.deepEqual(exported.sort(), [...declared, "memory", "_initialize"].sort());
  });

  test("is at most 64 KiB when compressed", (t) => {
    const size = gzipSync(wasm, { level: 9 }).length;
    t.diagnostic(`rekey.wasm: ${wasm.length} bytes, ${size} with gzip`);
    assert.ok(size <= 64 * 1024, `${size} bytes`);
  });

  // Each takes up to eleven bytes beside its own, and a copy at the start. An array of structures with one byte set in each makes thousands.
  test("has few data segments", (t) => {
    const count = dataSegmentsOf(wasm);
    t.diagnostic(`rekey.wasm: ${count} data segments`);
    assert.ok(count > 0 && count <= 250, `${count} data segments`); // 111 with Boost 1.81, 165 with 1.83
  });

  test("never grows its memory", () => {
    const rules = new Rules(module, setup());
    const before = memoryOf(rules).byteLength;
    for (let i = 0; i < 2000; ++i) rules.step(transcript("/api/users/forgot-password", '{"email":"ada@example.com"}', i % 256));
    assert.equal(memoryOf(rules).byteLength, before);
  });
});

describe("message.js and exports.h agree on", () => {
  const numbers = new Map([...header.matchAll(/^ {2}k(Tag|Action|Body|Reply)(\w+) = (\d+),/gm)].map((m) => [m[1] + m[2], Number(m[3])]));
  /** @param {string} prefix @param {Record<string, number>} table */
  const compare = (prefix, table) => {
    const ours = Object.entries(table).map(([name, value]) => [prefix + name[0].toUpperCase() + name.slice(1), value]);
    assert.deepEqual(new Map(/** @type {[string, number][]} */ (ours)), new Map([...numbers].filter(([name]) => name.startsWith(prefix))));
  };

  test("tags", () => compare("Tag", TAG));
  test("actions", () => compare("Action", ACTION));
  test("body faults", () => compare("Body", BODY_FAULT));
  test("reply faults", () => compare("Reply", REPLY_FAULT));
  test("sizes", () => {
    assert.match(header, new RegExp(`kRekeyMaxText = ${MAX_TEXT};`));
    assert.match(header, new RegExp(`kRekeyRandomSize = ${RANDOM_SIZE};`));
  });
});

const DATA_SECTION = 11;

/** @param {Uint8Array} bytes of a module @returns {number} the number at the beginning of its data section; 0 without one */
function dataSegmentsOf(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const [size, body] = numberAt(bytes, at + 1);
    if (bytes[at] === DATA_SECTION) return numberAt(bytes, body)[0];
    at = body + size;
  }
  return 0;
}

/** LEB128. @param {Uint8Array} bytes @param {number} at @returns {[number, number]} the number, and where it ends */
function numberAt(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}

/** @type {WeakMap<Rules, WebAssembly.Memory>} */
const memories = new WeakMap();

/** The memory of the rules' current instance. @param {Rules} rules */
function memoryOf(rules) {
  if (!memories.has(rules)) {
    const Instance = WebAssembly.Instance;
    WebAssembly.Instance = /** @type {any} */ (
      function (/** @type {WebAssembly.Module} */ m, /** @type {WebAssembly.Imports} */ imports) {
        const instance = new Instance(m, imports);
        memories.set(rules, /** @type {WebAssembly.Memory} */ (instance.exports.memory));
        return instance;
      }
    );
    void rules.wantedHeaders;
    WebAssembly.Instance = Instance;
  }
  return /** @type {WebAssembly.Memory} */ (memories.get(rules)).buffer;
}

describe("a transcript", () => {
  test("leads to the same action each time it is read", () => {
    const rules = new Rules(module, setup());
    const message = transcript("/api/users/forgot-password", '{"email":"ada@example.com"}');
    const [first, second] = [rules.step(message), rules.step(message)];
    assert.equal(first.number(TAG.action), ACTION.askLimiter);
    assert.deepEqual(first, second);
  });

  test("can be continued by another instance", () => {
    const message = transcript("/api/users/forgot-password", '{"email":"ada@example.com"}');
    const [one, other] = [new Rules(module, setup()), new Rules(module, setup())];
    const limiter = new LimiterTable(module, new Uint8Array(SEED_SIZE));
    const question = other.step(message).bytes(TAG.question);
    message.bytes(TAG.verdict, limiter.take(question, Date.now()));
    const call = one.step(message);
    assert.equal(call.number(TAG.action), ACTION.callOrigin);
    assert.match(call.text(TAG.url), /\/internal\/forgot-password$/);
  });

  test("fits the buffer whatever eight origins answer to the largest request", () => {
    const rules = new Rules(module, setup({ ORIGIN_URLS: manyOrigins(8) }));
    const message = transcript("/api/users/forgot-password", '{"email":"ada@example.com"}'.padEnd(MAX_TEXT));
    for (const name of ["accept", "accept-language", "cookie", "user-agent"]) message.text(TAG.headerName, name).text(TAG.headerValue, "x".repeat(MAX_TEXT - 1));
    const limiter = new LimiterTable(module, new Uint8Array(SEED_SIZE));
    message.bytes(TAG.verdict, limiter.take(rules.step(message).bytes(TAG.question), Date.now()));
    for (let i = 0; i < 8; ++i) {
      const call = rules.step(message);
      assert.equal(call.number(TAG.action), ACTION.callOrigin);
      message.number(TAG.replyOrigin, call.number(TAG.replyOrigin)).number(TAG.replyStatus, 403);
      message.text(TAG.replyRetryAfter, "7".repeat(MAX_TEXT)).bytes(TAG.replyBody, new Uint8Array(call.number(TAG.byteLimit)));
    }
    assert.equal(rules.step(message).number(TAG.status), 503);
  });

  test("leaves neither password nor token in the module's memory", () => {
    const rules = new Rules(module, setup());
    const memory = memoryOf(rules);
    const token = mintToken();
    const password = "a password nobody has, 4711";
    rules.step(transcript("/api/users/reset-password", JSON.stringify({ token, new_password: password })));
    rules.step(transcript("/api/users/login", JSON.stringify({ email: "ada@example.com", password })));
    assertHoldsNone(memory, [token, password, "nobody has", token.slice(20, 40)]);
  });

  // SHA-256 keeps a message's last, incomplete block on the stack: for some bodies of this length it holds the whole password.
  test("leaves neither password nor token in the module's memory when the call to the origin was signed", () => {
    const password = "seven lemons on blue";
    for (let length = 0; length < 64; ++length) {
      const rules = new Rules(module, setup());
      const memory = memoryOf(rules);
      const token = mintToken();
      const message = transcript("/api/users/reset-password", JSON.stringify({ token, new_password: password }))
        .text(TAG.headerName, "user-agent").text(TAG.headerValue, "u".repeat(length));
      const limiter = new LimiterTable(module, new Uint8Array(SEED_SIZE));
      message.bytes(TAG.verdict, limiter.take(rules.step(message).bytes(TAG.question), Date.now()));
      assert.equal(rules.step(message).number(TAG.action), ACTION.callOrigin);
      assertHoldsNone(memory, [token, password, "lemons", token.slice(20, 40)]);
    }
  });
});

/** @param {ArrayBuffer} memory @param {string[]} secrets */
function assertHoldsNone(memory, secrets) {
  const bytes = Buffer.from(memory);
  for (const secret of secrets) assert.equal(bytes.indexOf(secret), -1, secret);
}

describe("a trap", () => {
  const broken = {
    "a field cut short": () => new Message().bytes(TAG.method, new Uint8Array(3)),
    "a number of seven bytes": () => transcript("/", "").bytes(TAG.now, new Uint8Array(7)),
    "a tag that the host never writes": () => transcript("/", "").text(TAG.action, ""),
    "a transcript without random bytes": () => new Message().text(TAG.method, "GET").text(TAG.url, "http://localhost/").number(TAG.now, 1),
    "a header without a value": () => transcript("/", "").text(TAG.headerName, "accept"),
    "nothing at all": () => new Message(),
  };

  for (const [name, message] of Object.entries(broken)) {
    test(`follows ${name}; the next request is fine`, () => {
      const rules = new Rules(module, setup());
      const secret = mintToken();
      assert.throws(() => rules.step(message()), (error) => {
        assert.ok(error instanceof WebAssembly.RuntimeError);
        for (const text of [secret, base64url(originKey), settings.RESET_PASSWORD_TOKEN_SECRET]) assert.ok(!String(error.stack).includes(text));
        return true;
      });
      assert.equal(rules.step(transcript("/nowhere", "")).number(TAG.status), 404);
    });
  }

  test("follows a message longer than the buffer", () => {
    const exports = /** @type {any} */ (new WebAssembly.Instance(module, {}).exports);
    exports._initialize();
    assert.throws(() => exports.rekey_configure(1 << 20), WebAssembly.RuntimeError);
  });

  test("follows a second configuration, and a step before the first", () => {
    const exports = /** @type {any} */ (new WebAssembly.Instance(module, {}).exports);
    exports._initialize();
    assert.throws(() => exports.rekey_step(0), WebAssembly.RuntimeError);
  });
});

const manyOrigins = (/** @type {number} */ count, near = "") => Array.from({ length: count }, (_, i) => `https://origin${i}.example${near}`).join();

describe("settings", () => {
  const bad = {
    RESET_PASSWORD_TOKEN_SECRET: ["", "1:c2hvcnQ", "1:AAAA", "0:" + base64url(originKey), `${settings.RESET_PASSWORD_TOKEN_SECRET},1:AAAA`],
    EDGE_ORIGIN_KEYS: ["", "nonsense!", settings.RESET_PASSWORD_TOKEN_SECRET, `7:${settings.RESET_PASSWORD_TOKEN_SECRET.split(",")[1].slice(2)}`],
    ORIGIN_URLS: ["origin.example", "http://origin.example", "https://origin.example/path", "ftp://a", "https://user@origin.example", "https://a?b",
      "https://a.example,", ",https://a.example", "https://a.example,,https://b.example", manyOrigins(9),
      "https://a.example,https://a.example", "https://a.example,https://A.example:443/ EU", "https://127.0.0.1,https://0x7f.1", "http://127.0.0.1:80801", "https://a:port", "https://[::1", "https://1.2.3.256",
      "https://a.example EUROPE", "https://a.example eu", "https://a.example EU EU", "https://a.example  EU", "https://a.example EU;NA", "EU https://a.example"],
    ORIGIN_PLAIN_HTTP: ["yes"],
    FRONTEND_URL: ["http://rekey.example", "javascript:alert(1)", "https://rekey.example/?a", "https://rekey.example/app", "https://rekey.example#a",
      "https://rekey.example:port", "https://user@rekey.example", "http://127.0.0.1.example", "http://127.name.example", "https://"],
    HSTS_MAX_AGE: ["-1", "a year", "63072001", "1.5"],
    HSTS_INCLUDE_SUBDOMAINS: ["true", "on", "YES"],
    PRODUCT_NAME: ["x".repeat(61), "a\nb", "a\u0000"],
    ALLOWED_ORIGINS: ["*", "null", "https://*.example.com", "https://app.example.com/", "https://app.example.com:443", "https://App.example.com", "http://app.example.com",
      "https://app.example.com,", ",https://app.example.com", "https://a.example,,https://b.example", "https://a.example https://b.example", "https://a.example;https://b.example", "app.example.com",
      "https://127.1", "https://[::0001]", "https://[::zz]", "https://0x7f.0.0.1", "https://x:65536", "capacitor://localhost", "https://app.example.com, https://127.1"],
    PASSWORD_FORMAT: ["bcrypt", "Argon2id", "argon2id,bcrypt-2b"],
    FEATURES: ["none", "Recovery", "all,recovery"],
    RECOVERY: ["no", "Off", "true"],
    LOGIN_URL: ["/login", "app.example.com", "http://app.example.com/login", "javascript:alert(1)", "https://", "https://user@app.example.com", "https://app.example.com/a b", "https://app.example.com:port"],
    AUTH_PREFIX: ["auth", "/", "/auth/", "/a//b", "/api/users", "/a b", "/../x"],
    PASSWORD_MIN_LENGTH: ["7", "65", "08", "eight"],
    ACCESS_TOKEN_EXPIRE_MINUTES: ["0", "721", "-1"],
    CLIENT_IP_HEADER: ["X Real IP", "a:b"],
    LIMIT_FORGOT_PER_CLIENT: ["0/60", "20", "20/0", "/", "20/60/1"],
    LIMIT_FAILURES_PER_CLIENT: ["many"],
    LIMITER_OBJECTS: ["0", "257", "01", "1.5", "-1", "many", " 4"],
  };

  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      test(`${name} is refused with its name and without its value when it is ${JSON.stringify(value)}`, () => {
        const rules = new Rules(module, setup({ ...(name === "LOGIN_URL" && { FEATURES: "recovery" }), [name]: value }));
        assert.throws(() => rules.wantedHeaders, (error) => {
          assert.ok(error instanceof InvalidSetting);
          assert.equal(error.setting, name);
          if (value.length > 4) assert.ok(!error.message.includes(value));
          return true;
        });
      });
    }
  }

  for (const [name, value] of Object.entries({ HSTS_INCLUDE_SUBDOMAINS: true, HSTS_MAX_AGE: -1, PASSWORD_MIN_LENGTH: 7, ORIGIN_URLS: ["https://origin.example"] })) {
    test(`${name} is refused when it is ${JSON.stringify(value)}, which is not a text, instead of being ignored`, () => {
      const rules = new Rules(module, setup({ [name]: value }));
      assert.throws(() => rules.wantedHeaders, (error) => error instanceof InvalidSetting && error.setting === name);
    });
  }

  test("LOGIN_URL is refused where the log-in is ours, and taken with FEATURES=recovery", () => {
    const LOGIN_URL = "https://app.example.com/login?a=b";
    for (const features of [{}, { FEATURES: "all" }]) {
      const rules = new Rules(module, setup({ LOGIN_URL, ...features }));
      assert.throws(() => rules.wantedHeaders, (error) => error instanceof InvalidSetting && error.setting === "LOGIN_URL");
    }
    assert.ok(new Rules(module, setup({ LOGIN_URL, FEATURES: "recovery" })).wantedHeaders.size > 0);
  });

  for (const list of ["https://app.example.com", " https://app.example.com:8443 ,http://localhost:3000", "http://127.0.0.1,https://[2001:db8::1]:8443", "https://xn--mnchen-3ya.example"]) {
    test(`ALLOWED_ORIGINS may be "${list}"`, () => assert.ok(new Rules(module, setup({ ALLOWED_ORIGINS: list })).wantedHeaders.size > 0));
  }

  test("all but the secrets have defaults", () => {
    const rules = new Rules(module, { settings, languages, assets: {} });
    assert.ok(rules.wantedHeaders.has("cf-connecting-ip"));
  });

  for (const list of ["https://a.example", "https://a.example/ EU AF, https://b.example:8443 NA", " https://a.example ,https://[2001:db8::1] OC ", manyOrigins(8, " AN AS SA"), "https://a.example,http://127.0.0.1:443,https://127.0.0.1:443"]) {
    test(`ORIGIN_URLS may be "${list}"`, () => assert.ok(new Rules(module, setup({ ORIGIN_URLS: list })).wantedHeaders.size > 0));
  }

  test("plain http to an origin on another machine must be allowed explicitly", () => {
    const rules = new Rules(module, setup({ ORIGIN_URLS: "http://origin.internal:8080", ORIGIN_PLAIN_HTTP: "allow" }));
    assert.ok(rules.wantedHeaders.size > 0);
  });
});
