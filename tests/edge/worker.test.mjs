// The Worker under workerd: glue, bundle, Durable Objects and sockets do as the module says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";

import { until } from "../system/polling.mjs";
import { EdgeProcess } from "./edge_process.mjs";
import { hashOf, mintSession, mintToken, settings } from "./keys.mjs";
import { stored } from "./limiter_storage.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {EdgeProcess} */
let edge;
before(async () => {
  await origin.start();
  edge = await new EdgeProcess({
    ORIGIN_URLS: origin.url,
    LIMIT_FORGOT_PER_CLIENT: "10/3600",
    LIMIT_RESET_PER_CLIENT: "1000/60",
    LIMIT_OTHER_PER_CLIENT: "1000/60",
    LIMIT_FAILURES_PER_CLIENT: "1000/60",
  }).start();
});
beforeEach(() => origin.reset());
after(async () => {
  await edge?.remove();
  await origin.stop();
});

const password = "correct horse battery staple";

/** Sends bytes as they are; resolves with everything that came back. @param {string} text @returns {Promise<string>} */
function raw(text) {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(edge.port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("utf8").on("data", (part) => (received += part));
    socket.on("close", () => resolve(received)).on("error", reject);
  });
}

/** @param {string} ip @param {string} [email] */
const forgot = (ip, email = "ada@example.com") => edge.send("/api/users/forgot-password", { email }, { "cf-connecting-ip": ip });

describe("the whole way", () => {
  test("forgot, reset, log in, me, change, log out", async () => {
    const ip = { "cf-connecting-ip": "192.0.2.10" };
    assert.equal((await forgot("192.0.2.10")).status, 202);

    const token = mintToken();
    assert.equal((await edge.send("/api/users/reset-password", { token, new_password: password }, ip)).status, 200);
    assert.equal(origin.lastCall.body.input.token, hashOf(token));

    const login = await edge.send("/api/users/login", { email: "ada@example.com", password }, ip);
    assert.equal(login.status, 204);
    const cookie = String(login.headers.get("set-cookie")).split(";")[0];
    assert.equal(origin.lastCall.body.input.session, hashOf(cookie.split("=")[1]));

    const me = await edge.fetch("/api/users/me", { headers: { ...ip, cookie } });
    assert.deepEqual(await me.json(), user);
    const change = await edge.send("/api/users/me/password", { current_password: password, new_password: "another horse battery" }, { ...ip, cookie }, "PATCH");
    assert.equal(change.status, 200);
    assert.equal((await edge.fetch("/api/users/logout", { method: "POST", headers: { ...ip, cookie } })).status, 204);

    assert.deepEqual(origin.unverified, []);
    assert.deepEqual(origin.calls.map((call) => call.path.slice("/internal/".length)), ["forgot-password", "reset-password", "login", "me", "change-password", "logout"]);
    const bytes = origin.calls.map((call) => call.text + JSON.stringify(call.headers)).join();
    for (const secret of [token, cookie.split("=")[1], settings.EDGE_ORIGIN_KEYS.slice(2)]) assert.ok(!bytes.includes(secret));
  });

  test("the assets of a page are served as they were built", async () => {
    const paths = new Set((await (await edge.fetch("/reset-password")).text()).match(/\/assets\/[\w.-]+/g));
    assert.ok(paths.size > 2);
    for (const path of paths) {
      const response = await edge.fetch(path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), readFileSync(`build/site/public${path}`));
    }
    assert.equal((await edge.fetch("/assets/none.0123abcd.js")).status, 404);
  });

  test("pages and the OpenAPI document are served from the site", async () => {
    const page = await edge.fetch("/reset-password", { headers: { "accept-language": "de" } });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("content-language"), "de");
    assert.equal(page.headers.get("referrer-policy"), "no-referrer"); // B14
    assert.equal((await edge.fetch("/healthz")).status, 200);
    const document = /** @type {any} */ (await (await edge.fetch("/openapi.json")).json());
    assert.ok(document.paths["/auth/forgot-password"]);
  });

  test("the platform converts an international domain", async () => {
    assert.equal((await forgot("192.0.2.11", "ada@bücher.example")).status, 202);
    assert.equal(origin.lastCall.body.input.email, "ada@xn--bcher-kva.example");
  });

  test("every answer has one Date [RFC 9110, 6.6.1]", async () => {
    for (const line of ["HEAD /reset-password", "GET /login", "GET /api/users/me", "GET /.well-known/change-password"]) {
      const answer = await raw(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      assert.equal([...answer.matchAll(/^date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r$/gim)].length, 1, line);
    }
  });

  test("HEAD has the headers of GET and no body", async () => {
    const answer = await raw("HEAD /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.ok(answer.endsWith("\r\n\r\n"));
    assert.ok(!/^(server|x-powered-by):/im.test(answer));
  });
});

describe("limiters", () => {
  // Few enough that a busy machine answers all within a limiter's two seconds.
  test("let exactly as many of 60 simultaneous requests through as the limit says [L07]", async () => {
    const statuses = (await Promise.all(Array.from({ length: 60 }, () => forgot("198.51.100.1")))).map((response) => response.status);
    assert.equal(statuses.filter((status) => status === 202).length, 10);
    assert.equal(statuses.filter((status) => status === 429).length, 50);
    assert.equal(origin.calls.length, 10);
  });

  test("remember across a restart [L11]", async () => {
    for (let i = 0; i < 10; ++i) assert.equal((await forgot("198.51.100.2")).status, 202);
    await stored(edge.stateFolder);
    await edge.stop();
    await edge.start();
    const response = await forgot("198.51.100.2");
    assert.equal(response.status, 429);
    assert.ok(Number(response.headers.get("retry-after")) > 0);
    assert.equal((await forgot("198.51.100.3")).status, 202);
  });

  test("mark requests past an account's limit, from any client", async () => {
    for (let i = 0; i < 7; ++i) assert.equal((await forgot(`203.0.113.${i}`, "grace@example.com")).status, 202);
    assert.deepEqual(origin.calls.map((call) => call.body.input.suppress), [false, false, false, false, false, true, true]);
  });

  test("that are down let no guess pass; other calls are counted in the instance [L19]", async () => {
    const broken = await new EdgeProcess({ ORIGIN_URLS: origin.url, LIMIT_FORGOT_PER_CLIENT: "2/3600" }, "tests/edge/failing_limiter_worker.js").start();
    try {
      const response = await broken.send("/api/users/login", { email: "ada@example.com", password });
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get("retry-after")) > 0);
      assert.equal(origin.calls.length, 0);
      const statuses = [];
      for (let i = 0; i < 3; ++i) statuses.push((await broken.send("/api/users/forgot-password", { email: "ada@example.com" })).status);
      assert.deepEqual(statuses, [202, 202, 429]);
      assert.equal((await broken.fetch("/login")).status, 200);
      await until("it is told", () => broken.output.includes('"event":"limiter.unavailable"'));
    } finally {
      await broken.remove();
    }
  });
});

describe("sockets", () => {
  const head = "POST /api/users/forgot-password HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";

  test("a body that stalls is given up, and the origin is not called [S04]", async () => {
    const answer = await raw(`${head}Content-Length: 4096\r\n\r\n{`);
    assert.match(answer, /^(HTTP\/1\.1 408 |$)/);
    assert.equal(origin.calls.length, 0);
  });

  test("a body beyond the limit is 413, whether announced or not", async () => {
    const announced = await edge.send("/api/users/forgot-password", { email: "x".repeat(1 << 20) });
    assert.equal(announced.status, 413);
    const chunk = `2000\r\n${" ".repeat(0x2000)}\r\n`;
    const chunked = await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    assert.equal(origin.calls.length, 0);
  });

  test("an expectation gets one answer [S26]", async () => {
    const body = '{"email":"nobody"}';
    const answer = await raw(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    assert.equal([...answer.matchAll(/^HTTP\/1\.1 (?!100)/gm)].length, 1);
  });

  test("HTTP/1.0 without a Host is answered [S28]", async () => {
    assert.match(await raw("GET /login HTTP/1.0\r\n\r\n"), /^HTTP\/1\.[01] (200|400) /);
  });

  test("a client address sent twice is not a new client [L02]", async () => {
    const body = '{"email":"ada@example.com"}';
    const twice = (/** @type {number} */ i) => raw(`${head}CF-Connecting-IP: 192.0.2.${i}\r\nCF-Connecting-IP: 198.51.100.${i}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const answers = [];
    for (let i = 0; i < 12; ++i) answers.push((await twice(i)).slice(9, 12));
    assert.deepEqual(answers.slice(10), ["429", "429"]);
  });
});

describe("any fault of the origin", () => {
  test("is 503 for the client [O29]", async () => {
    const ask = () => edge.fetch("/api/users/me", { headers: { authorization: `Bearer ${mintSession()}` } });
    /** @type {StubOrigin["answer"][]} */
    const days = [
      () => ({ body: "x".repeat(1 << 20) }),
      () => ({ status: 302, headers: { location: `${origin.url}/internal/elsewhere` }, body: "" }),
      () => ({ body: "<html>" }),
      (_, response) => void response.destroy(),
      () => {},
      (_, response) => void response.writeHead(200, { "content-length": "100" }).write('{"outcome":'),
    ];
    for (const day of days) {
      origin.reset();
      origin.answer = day;
      assert.equal((await ask()).status, 503);
      assert.equal(origin.calls.length, 1);
    }
    origin.reset();
    assert.equal((await ask()).status, 200);
  });

  test("leaves no address, password, token or key in the log [G01, G02]", () => {
    assert.match(edge.output, /"event":"forgot.accepted"/);
    for (const secret of ["ada@example.com", "grace@", "192.0.2.", "198.51.100.", password, settings.EDGE_ORIGIN_KEYS.slice(2), settings.RESET_PASSWORD_TOKEN_SECRET.slice(2, 40)]) {
      assert.ok(!edge.output.includes(secret), "a secret stands in the log");
    }
    assert.ok(!/[\w-]{72}/.test(edge.output.replaceAll(/-+/g, "")), "a token stands in the log");
  });
});
