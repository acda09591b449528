// What each answer is counted as: one endpoint and one outcome of edge/core/tally.h, whose class is that of the status.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";

import { increases, labelsOf, valuesOf } from "../system/metrics_text.mjs";
import { mintRecoveryId, mintSession, mintToken } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { StubOrigin, user } from "./stub_origin.mjs";

const origin = new StubOrigin();
/** @type {NodeEdge} */
let edge;
const apps = new NodeEdge({ IOS_APP_IDS: "ABCDE12345.com.example.app" });
before(async () => {
  await origin.start();
  edge = new NodeEdge({ ORIGIN_URLS: origin.url });
});
afterEach(() => origin.reset());
after(() => origin.stop());

/** @type {Set<string>} */
const seen = new Set();

/**
 * The answer's endpoint and outcome. Each was shown as zero before, or as a number, and only that one has grown.
 * @param {NodeEdge} from @param {() => Promise<Response>} send
 */
async function countedAs(from, send) {
  const earlier = valuesOf(from.metrics.text());
  const { status } = await send();
  const grown = Object.entries(increases(earlier, valuesOf(from.metrics.text()))).filter(([series]) => series.startsWith("rekey_edge_requests_total{"));
  assert.equal(grown.length, 1);
  const [[series, increase]] = grown;
  const labels = labelsOf(series);
  assert.equal(increase, 1);
  assert.ok(earlier.has(series), `${series} was not shown before`);
  assert.equal(labels.status, `${String(status)[0]}xx`);
  seen.add(labels.outcome);
  return `${labels.endpoint} ${labels.outcome}`;
}

/** @param {string} name @param {string} expected @param {() => Promise<Response>} send @param {() => NodeEdge} [from] */
const counts = (name, expected, send, from = () => edge) =>
  test(`${name}: ${expected}`, async () => assert.equal(await countedAs(from(), send), expected));

/** @param {unknown} body @param {number} [status] */
const says = (body, status = 200) => () => ({ status, body });

/** @param {unknown} body of the origin @param {() => Promise<Response>} send @param {number} [status] */
const afterOrigin = (body, send, status) => () => {
  origin.answer = says(body, status);
  return send();
};

const password = "correct horse battery staple";
const email = "ada@example.com";
const session = () => ({ authorization: `Bearer ${mintSession()}` });

const forged = (purpose = "rekey reset v1") => mintToken({ purpose, secret: Buffer.alloc(32, 9) });

const register = () => edge.send("/api/users", { username: "ada", email, password });
const login = () => edge.send("/api/users/login", { email, password });
const token = () => edge.sendForm("/api/users/token", { username: email, password });
const me = (headers = session()) => edge.fetch("/api/users/me", { headers });
const logout = () => edge.fetch("/api/users/logout", { method: "POST", headers: session() });
const change = (next = "another horse battery") =>
  edge.send("/api/users/me/password", { current_password: password, new_password: next }, session(), "PATCH");
const renewToken = () => edge.fetch("/api/users/token/renew", { method: "POST", headers: session() });
const sessions = (method = "GET", one = "") => edge.fetch(`/api/users/me/sessions${one}`, { method, headers: session() });
const forgot = (path = "/api/users/forgot-password") => edge.send(path, { email });
const reset = (text = mintToken(), next = password) => edge.send("/api/users/reset-password", { token: text, new_password: next });
const fastapiReset = (text = mintToken()) => edge.send("/auth/reset-password", { token: text, password });
const cancel = (text = mintToken()) => edge.send("/api/users/reset-password/cancel", { token: text, email });
const check = (text = mintRecoveryId(Buffer.alloc(16, 1)), code = "12345678") => edge.send("/api/users/recovery/check", { recovery_id: text, code });
const health = () => edge.fetch("/healthz");

describe("what succeeds", () => {
  counts("an account", "register created", register);
  counts("a log-in by form", "token ok", token);
  counts("a log-in", "login ok", login);
  counts("a log-out", "logout ok", logout);
  counts("a log-out without a session", "logout ok", () => edge.fetch("/api/users/logout", { method: "POST" }));
  counts("the account", "me ok", () => me());
  counts("a renewed session", "me ok", afterOrigin({ outcome: "ok", user, renewed: true }, () => edge.fetch("/api/users/me", { headers: { cookie: `__Host-rekey=${mintSession(60)}` } })));
  counts("a renewed token", "renew-token ok", afterOrigin({ outcome: "ok", user, renewed: true }, renewToken));
  counts("the sessions", "sessions ok", () => sessions());
  counts("the end of other sessions", "sessions ok", () => sessions("DELETE"));
  counts("the end of a session", "session ok", () => sessions("DELETE", `/${user.id}`));
  counts("the document of an application", "app-links ok", () => apps.fetch("/.well-known/apple-app-site-association"), () => apps);
  counts("a new password", "change-password ok", () => change());
  counts("a forgot request", "forgot-password accepted", () => forgot());
  counts("a reset", "reset-password ok", () => reset());
  counts("a cancelled reset", "cancel-reset ok", () => cancel());
  counts("a right code", "check-code ok", () => check());
  counts("a forgot request of fastapi-users", "fastapi-forgot-password accepted", () => forgot("/auth/forgot-password"));
  counts("a reset of fastapi-users", "fastapi-reset-password ok", () => fastapiReset());
  counts("the health", "health ok", health);
  counts("HEAD of a call", "health ok", () => edge.fetch("/healthz", { method: "HEAD" }));
  counts("OPTIONS of a call", "login ok", () => edge.fetch("/api/users/login", { method: "OPTIONS" }));
  counts("a page", "page ok", () => edge.fetch("/login"));
  counts("an asset", "asset ok", () => edge.fetch("/assets/pages.0123abcd.css"));
  counts("the password policy", "password-policy ok", () => edge.fetch("/api/password-policy"));
  counts("the API's description", "openapi ok", () => edge.fetch("/openapi.json"));
});

describe("what the origin refuses", () => {
  counts("a taken name", "register taken", afterOrigin({ outcome: "taken" }, register));
  counts("an account while registration is off", "register registration_off", afterOrigin({ outcome: "registration_off" }, register));
  counts("a forgot request while recovery is off there", "forgot-password recovery_off", afterOrigin({ outcome: "recovery_off" }, () => forgot()));
  counts("a reset while recovery is off there", "reset-password recovery_off", afterOrigin({ outcome: "recovery_off" }, () => reset()));
  counts("a wrong password", "login bad_credentials", afterOrigin({ outcome: "bad_credentials" }, login));
  counts("a wrong password by form", "token bad_credentials", afterOrigin({ outcome: "bad_credentials" }, token));
  counts("a wrong current password", "change-password wrong_password", afterOrigin({ outcome: "wrong_password" }, () => change()));
  counts("a poor password", "reset-password password_refused", afterOrigin({ outcome: "password_refused", reason: "personal" }, () => reset()));
  counts("a token that is renewed no more", "renew-token bad_input", afterOrigin({ outcome: "ok", user, renewed: false }, renewToken));
  counts("another body under a key", "reset-password bad_input", afterOrigin({ outcome: "other_body" }, () => reset()));
  counts("a call under way", "reset-password bad_input", afterOrigin({ outcome: "under_way" }, () => reset()));
  counts("an ended session", "me no_session", afterOrigin({ outcome: "no_session" }, () => me()));
  counts("a used link", "reset-password unknown_token", afterOrigin({ outcome: "bad_token" }, () => reset()));
  counts("a wrong code", "check-code unknown_token", afterOrigin({ outcome: "bad_token" }, () => check()));
  counts("a code while recovery is off there", "check-code recovery_off", afterOrigin({ outcome: "recovery_off" }, () => check()));
  counts("a used link of fastapi-users", "fastapi-reset-password unknown_token", afterOrigin({ outcome: "bad_token" }, () => fastapiReset()));
  counts("our call while it is busy", "forgot-password origin_busy", afterOrigin({}, () => forgot(), 503));
  counts("our signature", "forgot-password origin_refused", afterOrigin({ type: "urn:rekey:problem:bad-signature" }, () => forgot(), 401));
  counts("our clock", "health origin_refused", afterOrigin({ type: "urn:rekey:problem:stale-signature" }, health, 401));
  counts("our keys", "health origin_refused", afterOrigin({ outcome: "other_keys", reason: "RESET_PASSWORD_TOKEN_SECRET" }, health));
  counts("our call as another version's", "login origin_refused", afterOrigin({}, login, 422));
  counts("a call in words that are none", "forgot-password origin_garbled", afterOrigin({ outcome: "done" }, () => forgot()));
  counts("no call, because it is away", "login origin_failed", () => {
    origin.answer = (_, response) => void response.destroy();
    return login();
  });
});

describe("what the edge refuses", () => {
  counts("a body that is not JSON", "login bad_input", () => edge.send("/api/users/login", "{"));
  counts("a large body", "register bad_input", () => edge.send("/api/users", " ".repeat(9000)));
  counts("another media type", "forgot-password bad_input", () => edge.send("/api/users/forgot-password", "x", { "content-type": "text/plain" }));
  counts("a query string", "me bad_input", () => edge.fetch("/api/users/me?x=1", { headers: session() }));
  counts("a field of fastapi-users", "fastapi-forgot-password bad_input", () => edge.send("/auth/forgot-password", { mail: email }));
  counts("a request that can't be read", "other bad_input", () => edge.fetch(`/${"x".repeat(9000)}`));
  counts("a malformed token", "reset-password malformed_token", () => reset("A"));
  counts("a forged token", "reset-password forged_token", () => reset(forged()));
  counts("a code that is none", "check-code malformed_token", () => check(undefined, "1234"));
  counts("a forged recovery id", "check-code forged_token", () => check(forged("rekey recovery v1")));
  counts("an expired recovery id", "check-code expired_token", () => check(mintRecoveryId(Buffer.alloc(16, 1), -1)));
  counts("a forged token to be cancelled", "cancel-reset forged_token", () => cancel(forged()));
  counts("an expired token", "fastapi-reset-password expired_token", () => fastapiReset(mintToken({ expiresIn: -1 })));
  counts("a common password", "reset-password password_refused", () => reset(mintToken(), "password"));
  counts("a call without a session", "me no_session", () => me({ authorization: "" }));
  counts("a forged session", "change-password forged_token", () =>
    edge.send("/api/users/me/password", {}, { authorization: `Bearer ${forged("rekey session v1")}` }, "PATCH"));
  counts("a call from another site", "login cross_site", () => edge.send("/api/users/login", {}, { origin: "https://evil.test" }));
  counts("a call over plain http", "login plain_http", () => edge.fetch("/api/users/login", { base: "http://account.example.com", method: "POST" }));
  counts("a page over plain http", "page plain_http", () => edge.fetch("/login", { base: "http://account.example.com" }));
  counts("another method of a call", "login wrong_method", () => edge.fetch("/api/users/login"));
  counts("another method of a page", "page wrong_method", () => edge.fetch("/login", { method: "PUT" }));
  counts("an unknown path", "other not_found", () => edge.fetch("/nowhere"));
  counts("an unknown path for readers", "other not_found", () => edge.fetch("/nowhere", { headers: { accept: "text/html" } }));
});

describe("what leads elsewhere", () => {
  counts("a link with a query string", "page redirected", () => edge.fetch("/reset-password?token=x"));
  counts("the path for password managers", "page redirected", () => edge.fetch("/.well-known/change-password"));
  const secure = new NodeEdge({ FRONTEND_URL: "https://account.example.com" });
  counts("an asset over plain http", "asset redirected", () => secure.fetch("/assets/pages.0123abcd.css", { base: "http://account.example.com" }), () => secure);
});

describe("what is limited", () => {
  /** @param {Record<string, string>} limits @param {(from: NodeEdge) => Promise<Response>} send @param {string} expected of the second call */
  async function second(limits, send, expected) {
    const strict = new NodeEdge({ ORIGIN_URLS: origin.url, ...limits });
    await send(strict);
    assert.equal(await countedAs(strict, () => send(strict)), expected);
  }
  const ask = (/** @type {NodeEdge} */ from) => from.send("/api/users/forgot-password", { email });

  test("a client over its limit", () => second({ LIMIT_FORGOT_PER_CLIENT: "1/3600" }, ask, "forgot-password limited"));
  test("an account over its limit", () => second({ LIMIT_FORGOT_PER_ACCOUNT: "1/3600" }, ask, "forgot-password suppressed"));
  test("a client with too many failures", () =>
    second({ LIMIT_FAILURES_PER_CLIENT: "1/3600" }, (from) => from.send("/api/users/login", "{"), "login limited_failures"));
  test("a failure before any path is known", () =>
    second({ LIMIT_FAILURES_PER_CLIENT: "1/3600" }, (from) => from.fetch(`/${"x".repeat(9000)}`), "other limited_failures"));
  test("a log-in that no limiter counts", async () => {
    const broken = new NodeEdge({ ORIGIN_URLS: origin.url });
    broken.beforeLimiter = () => assert.fail("planted: no storage");
    assert.equal(await countedAs(broken, () => broken.send("/api/users/login", { email, password })), "login limiter_failed");
  });
});

test("every outcome was seen, except that of an answer in the module's place", () => {
  const all = [...valuesOf(edge.metrics.text()).keys()].filter((series) => series.startsWith("rekey_edge_requests_total{"));
  const outcomes = new Set(all.map((series) => labelsOf(series).outcome));
  assert.deepEqual([...outcomes].filter((outcome) => !seen.has(outcome)), ["failed"]);
});
