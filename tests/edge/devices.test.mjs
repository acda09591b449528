// Device ids: who gets one, what it counts for in the limits, as do recoveries, and what 2,000 people and an attacker behind one address
// get. Rows L20 to L25 of tests/attacks.md, without workerd.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, mock, test } from "node:test";

import { SeededRandom } from "../nemesis/seeded_random.mjs";
import { deviceRandom, mintDevice, mintRecoveryId, mintSession, mintToken, settings, tokenKeys } from "./keys.mjs";
import { NodeEdge } from "./node_edge.mjs";
import { keepTimeStill } from "./still_time.mjs";
import { StubOrigin } from "./stub_origin.mjs";

const origin = new StubOrigin();
before(() => origin.start());
afterEach(() => origin.reset());
after(() => origin.stop());
keepTimeStill();

const ADDRESS = "192.0.2.1";
const DAY = 86_400;
const COOKIE = "__Host-rekey-device";

/** @param {Record<string, string>} [extra] */
const edgeWith = (extra = {}) => new NodeEdge({ ORIGIN_URLS: origin.url, ...extra });

/** @param {string} [id] @returns {Record<string, string>} */
const from = (id) => ({ "cf-connecting-ip": ADDRESS, ...(id && { "rekey-device": id }) });

/** @param {NodeEdge} edge @param {string} [email] @param {Record<string, string>} [headers] */
const logIn = (edge, email = "ada@example.com", headers = from(), password = "right") => edge.send("/api/users/login", { email, password }, headers);
/** @param {NodeEdge} edge @param {Record<string, string>} [headers] */
const forgot = (edge, headers = from()) => edge.send("/api/users/forgot-password", { email: "ada@example.com" }, headers);
/** @param {NodeEdge} edge @param {string} token @param {Record<string, string>} [headers] */
const reset = (edge, token, headers = from()) => edge.send("/api/users/reset-password", { token, new_password: "correct horse" }, headers);
/** @param {NodeEdge} edge @param {string} recovery_id @param {Record<string, string>} [headers] */
const check = (edge, recovery_id, headers = from()) => edge.send("/api/users/recovery/check", { recovery_id, code: "12345678" }, headers);
/** @param {NodeEdge} edge @param {string} recovery_id @param {Record<string, string>} [headers] */
const resetByCode = (edge, recovery_id, headers = from()) =>
  edge.send("/api/users/reset-password", { recovery_id, code: "12345678", new_password: "correct horse" }, headers);
const newRecovery = () => mintRecoveryId(randomBytes(16));

/** @param {number} times @param {() => Promise<Response>} call */
async function statuses(times, call) {
  const all = [];
  for (let i = 0; i < times; ++i) all.push((await call()).status);
  return all;
}

/** The id in an answer, "" for none. @param {Response} response */
function idIn(response) {
  const cookie = response.headers.getSetCookie().find((each) => each.startsWith(`${COOKIE}=`));
  return response.headers.get("rekey-device") ?? cookie?.slice(COOKIE.length + 1).split(";")[0] ?? "";
}

/** @param {string} id */
function partsOf(id) {
  const bytes = Buffer.from(id, "base64url");
  return { expiresIn: bytes.readUInt32BE(2) - Math.floor(Date.now() / 1000), random: bytes.subarray(6, 38) };
}

describe("a device id", () => {
  test("is given to applications in a header, to browsers in a cookie that scripts can't read", async () => {
    const edge = edgeWith();
    const told = await logIn(edge);
    assert.equal(told.headers.get("rekey-device"), mintDevice("ada@example.com", { expiresIn: partsOf(idIn(told)).expiresIn }));
    assert.ok(!String(told.headers.getSetCookie()).includes(COOKIE));
    for (const name of ["origin", "sec-fetch-site"]) {
      const kept = await logIn(edge, undefined, { ...from(), [name]: name === "origin" ? "http://localhost:8787" : "same-origin" });
      assert.equal(kept.headers.get("rekey-device"), null);
      assert.match(kept.headers.getSetCookie()[1], /^__Host-rekey-device=[\w-]{72}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=15552000$/);
    }
  });

  test("is given after a log-in and a reset, however they come, for 180 days, and is always that of the account", async () => {
    const edge = edgeWith();
    const other = from(mintDevice("alan@example.com"));
    for (const answer of [await logIn(edge), await edge.sendForm("/api/users/token", { username: "ada@example.com", password: "right" }),
      await reset(edge, mintToken()), await resetByCode(edge, newRecovery()), await edge.send("/auth/reset-password", { token: mintToken(), password: "correct horse" }),
      await logIn(edge, undefined, other), await reset(edge, mintToken(), other)]) {
      const { expiresIn, random } = partsOf(idIn(answer));
      assert.equal(expiresIn, 180 * DAY);
      assert.deepEqual(random, deviceRandom("ada@example.com"));
    }
  });

  test("is that of the account that the origin names, of which the answer has nothing else", async () => {
    const edge = edgeWith();
    origin.answer = () => ({ body: { outcome: "ok", account: "alan@example.com" } });
    for (const answer of [await logIn(edge), await reset(edge, mintToken())]) {
      assert.deepEqual(partsOf(idIn(answer)).random, deviceRandom("alan@example.com"));
      assert.ok(!JSON.stringify([...answer.headers, await answer.text(), edge.events]).includes("alan"));
    }
  });

  test("is not given by an origin that names no account", async () => {
    const edge = edgeWith();
    for (const body of [{ outcome: "ok" }, { outcome: "ok", account: "" }]) {
      origin.answer = () => ({ body });
      assert.deepEqual([idIn(await logIn(edge)), idIn(await reset(edge, mintToken()))], ["", ""]);
    }
  });

  test("is given after nothing else, so nobody can collect them [L20]", async () => {
    const edge = edgeWith();
    const session = { authorization: `Bearer ${mintSession()}`, ...from() };
    const check = { recovery_id: mintRecoveryId(randomBytes(16)), code: "12345678" };
    const given = [await forgot(edge), await edge.send("/api/users", { username: "ada", email: "ada@example.com", password: "correct horse" }, from()),
      await edge.send("/api/users/recovery/check", check, from()), await edge.fetch("/api/users/me", { headers: session }), await edge.fetch("/login")];
    origin.answer = () => ({ body: { outcome: "bad_credentials" } });
    given.push(await logIn(edge));
    origin.answer = () => ({ body: { outcome: "bad_token" } });
    given.push(await reset(edge, mintToken()));
    assert.deepEqual(given.map((answer) => [answer.status, idIn(answer)]), [202, 201, 204, 200, 200, 401, 400].map((status) => [status, ""]));
  });

  test("is in no call to the origin and in no line of the log, valid or not", async () => {
    const edge = edgeWith({ LIMIT_LOGIN_PER_CLIENT: "2/60" });
    for (const id of [mintDevice("ada@example.com"), mintDevice("ada@example.com", { secret: randomBytes(32) })]) {
      const given = [id];
      for (let i = 0; i < 3; ++i) given.push(idIn(await logIn(edge, undefined, from(id))));
      const seen = JSON.stringify([origin.calls, edge.events, edge.metrics.text()]);
      for (const each of given.filter(Boolean)) assert.ok(!seen.includes(each));
    }
  });
});

// The worked example of DESIGN.md, "The device id".
test("the worked example holds", async () => {
  mock.timers.setTime((1_893_456_000 - 180 * DAY) * 1000);
  const edge = edgeWith({ RESET_PASSWORD_TOKEN_SECRET: "7:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" });
  const design = readFileSync(new URL("../../DESIGN.md", import.meta.url), "utf8");
  const example = /^random {4}(\w+) .*\n^tag {7}(\w+) .*\n^device id {1}([\w-]{72})$/m.exec(design)?.slice(1) ?? assert.fail("DESIGN.md has no example");
  for (const id of [idIn(await logIn(edge)), idIn(await reset(edge, mintToken({ secret: Buffer.from([...Array(32).keys()]), keyId: 7 })))]) {
    const bytes = Buffer.from(id, "base64url");
    assert.deepEqual([bytes.toString("hex", 6, 38), bytes.toString("hex", 38), id], example);
  }
});

describe("behind an address whose limit is used up", () => {
  const limits = { LIMIT_LOGIN_PER_CLIENT: "2/60", LIMIT_FORGOT_PER_CLIENT: "2/60" };

  test("a device with an id goes on, up to a limit of its own", async () => {
    const edge = edgeWith(limits);
    assert.deepEqual(await statuses(3, () => logIn(edge)), [204, 204, 429]);
    const [ada, alan] = ["ada@example.com", "alan@example.com"].map((account) => from(mintDevice(account)));
    assert.deepEqual(await statuses(3, () => logIn(edge, "ada@example.com", ada)), [204, 204, 429]);
    assert.deepEqual(await statuses(3, () => logIn(edge, "alan@example.com", alan)), [204, 204, 429]);
    const refused = await logIn(edge, "ada@example.com", ada);
    assert.equal(refused.headers.get("ratelimit-policy"), '"login-per-client-device";q=2;w=60');
  });

  test("a cookie counts as the header does", async () => {
    const edge = edgeWith(limits);
    await statuses(3, () => forgot(edge));
    const cookie = `__Host-rekey=x; ${COOKIE}=${mintDevice("ada@example.com")}`;
    assert.equal((await forgot(edge, { ...from(), cookie })).status, 202);
    assert.equal((await forgot(edge, { ...from(), cookie: `${cookie}; ${COOKIE}=${mintDevice("ada@example.com")}` })).status, 429);
  });

  test("devices with ids use up nothing of the others' limit", async () => {
    const edge = edgeWith(limits);
    for (let i = 0; i < 10; ++i) assert.equal((await forgot(edge, from(mintDevice(`user${i}@example.com`)))).status, 202);
    assert.deepEqual(await statuses(3, () => forgot(edge)), [202, 202, 429]);
  });

  test("all ids of one account are one device [L21]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (let i = 0; i < 4; ++i) got.push((await forgot(edge, from(mintDevice("ada@example.com", { expiresIn: 1000 + i })))).status);
    assert.deepEqual(got, [202, 202, 429, 429]);
  });

  test("all devices with ids together have twenty times the limit [L21]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (let i = 0; i < 60; ++i) got.push(await forgot(edge, from(mintDevice(`user${i}@example.com`))));
    assert.equal(got.filter((answer) => answer.status === 202).length, 40);
    assert.equal(got[59].headers.get("ratelimit-policy"), '"forgot-per-client-devices";q=40;w=60');
    assert.equal((await forgot(edge)).status, 202);
  });

  test("an id that is forged, expired or of another purpose counts as none [L22]", async () => {
    const edge = edgeWith(limits);
    await statuses(2, () => forgot(edge));
    const good = mintDevice("ada@example.com");
    const last = good.slice(0, -1) + (good.endsWith("A") ? "B" : "A");
    for (const id of [last, good.slice(1), `${good}A`, `${good},${good}`, "x", mintDevice("ada@example.com", { secret: randomBytes(32) }), mintDevice("ada@example.com", { keyId: 3 }),
      mintDevice("ada@example.com", { expiresIn: 0 }), mintSession(), mintToken(), mintRecoveryId(randomBytes(16))])
      assert.equal((await forgot(edge, from(id))).status, 429, id);
    assert.equal((await forgot(edge, from(good))).status, 202);
    assert.deepEqual([...new Set(edge.eventNames)], ["forgot.accepted", "limit.reached"]);
    const others = { authorization: `Bearer ${good}`, ...from() };
    assert.equal((await edge.fetch("/api/users/me", { headers: others })).status, 401);
    assert.equal((await reset(edge, good)).status, 400);
  });

  test("an id made by an older key of the list counts as the same device", async () => {
    const [first, second] = settings.RESET_PASSWORD_TOKEN_SECRET.split(",");
    const edge = edgeWith({ ...limits, RESET_PASSWORD_TOKEN_SECRET: `${second},${first}`, LIMIT_LOGIN_PER_ACCOUNT: "1/300" });
    await statuses(2, () => logIn(edge));
    assert.equal((await logIn(edge, "ada@example.com", from(mintDevice("ada@example.com")))).status, 204);
    assert.deepEqual(partsOf(idIn(await logIn(edge, "new@example.com", { "cf-connecting-ip": "192.0.2.9" }))).random, deviceRandom("ada@example.com", tokenKeys[2]));
  });

  test("a device of an IPv6 client counts for its /48, too", async () => {
    const edge = edgeWith({ LIMIT_FORGOT_PER_CLIENT: "1/60" });
    const got = [];
    for (let i = 0; i < 33; ++i) got.push((await forgot(edge, { ...from(mintDevice(`user${i}@example.com`)), "cf-connecting-ip": `2001:db8:1:${i}::1` })).status);
    assert.deepEqual([got.indexOf(429), got.length], [32, 33]);
  });

  test("one call of one limiter counts device, devices and account", async () => {
    const edge = edgeWith();
    await logIn(edge, "ada@example.com", from(mintDevice("ada@example.com")));
    assert.deepEqual([edge.objects.length, edge.asked.length], [1, 4]);
  });
});

describe("a recovery from a device without an id", () => {
  const limits = { LIMIT_RESET_PER_CLIENT: "2/60" };

  test("is counted by itself, by link or by code [L25]", async () => {
    const edge = edgeWith(limits);
    const [token, recovery] = [mintToken(), newRecovery()];
    assert.deepEqual(await statuses(3, () => reset(edge, token)), [200, 200, 429]);
    assert.deepEqual([(await check(edge, recovery)).status, (await resetByCode(edge, recovery)).status, (await check(edge, recovery)).status], [204, 200, 429]);
    assert.equal((await check(edge, recovery)).headers.get("ratelimit-policy"), '"reset-per-client-recovery";q=2;w=60');
    assert.deepEqual([(await reset(edge, mintToken())).status, (await check(edge, newRecovery())).status], [200, 204]);
  });

  test("is the same under each recovery id of its request", async () => {
    const edge = edgeWith(limits);
    const request = randomBytes(16);
    const got = [];
    for (let i = 0; i < 3; ++i) got.push((await check(edge, mintRecoveryId(request, 1000 + i))).status);
    assert.deepEqual(got, [204, 204, 429]);
  });

  test("has with all others of its address twenty times the limit, and none of the devices' [L25]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (let i = 0; i < 60; ++i) got.push(await check(edge, newRecovery()));
    assert.equal(got.filter((answer) => answer.status === 204).length, 40);
    assert.equal(got[59].headers.get("ratelimit-policy"), '"reset-per-client-recoveries";q=40;w=60');
    assert.equal((await check(edge, newRecovery(), from(mintDevice("ada@example.com")))).status, 204);
  });

  test("leaves all to the devices, and they to it [L25]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (let i = 0; i < 41; ++i) got.push((await check(edge, newRecovery(), from(mintDevice(`user${i}@example.com`)))).status);
    assert.deepEqual([got.indexOf(429), (await check(edge, newRecovery())).status], [40, 204]);
  });

  test("that is forged or expired is counted nowhere", async () => {
    const edge = edgeWith(limits);
    for (const id of [mintRecoveryId(randomBytes(16), -1), mintDevice("ada@example.com"), "x"])
      assert.deepEqual([(await check(edge, id)).status, (await reset(edge, id)).status], [400, 400]);
    assert.deepEqual(edge.asked, []);
  });

  test("of an IPv6 client counts for its /48, too", async () => {
    const edge = edgeWith({ LIMIT_RESET_PER_CLIENT: "1/60" });
    const got = [];
    for (let i = 0; i < 33; ++i) got.push((await check(edge, newRecovery(), { "cf-connecting-ip": `2001:db8:1:${i}::1` })).status);
    assert.deepEqual([got.indexOf(429), got.length], [32, 33]);
  });

  test("is counted by one call of one limiter", async () => {
    const edge = edgeWith();
    await check(edge, newRecovery());
    assert.deepEqual([edge.objects.length, edge.asked.length], [1, 2]);
  });
});

describe("guesses at an account", () => {
  const limits = { LIMIT_LOGIN_PER_ACCOUNT: "2/300" };

  test("from the owner's address don't keep out a device of the owner's [L23]", async () => {
    const edge = edgeWith(limits);
    assert.deepEqual(await statuses(3, () => logIn(edge)), [204, 204, 429]);
    assert.equal((await logIn(edge, "ada@example.com", from(mintDevice("ada@example.com")))).status, 204);
  });

  test("don't keep out the owner who resets the password [L23]", async () => {
    const edge = edgeWith(limits);
    await statuses(3, () => logIn(edge));
    const id = idIn(await resetByCode(edge, newRecovery()));
    assert.deepEqual([(await logIn(edge)).status, (await logIn(edge, "ada@example.com", from(id))).status], [429, 204]);
  });

  test("are not more with ids of other accounts [L23]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (const other of ["alan@example.com", "ada@example.org", "alan+ada@example.com"]) got.push((await logIn(edge, "ada@example.com", from(mintDevice(other)))).status);
    assert.deepEqual(got, [204, 204, 429]);
  });

  test("are not more with ids of aliases, which anybody may register, and don't keep out the owner's device [L23]", async () => {
    const edge = edgeWith(limits);
    const got = [];
    for (const alias of ["ada+x@example.com", "a.da@example.com", "ad.a+y@example.com"]) got.push((await logIn(edge, "ada@example.com", from(mintDevice(alias)))).status);
    assert.deepEqual(got, [204, 204, 429]);
    assert.equal((await logIn(edge, "ada@example.com", from(mintDevice("ada@example.com")))).status, 204);
  });
});

// One hour behind one address, by the real module with a moved clock and the default limits. Half of the people log in; the others ask for
// a mail, send its code two minutes later, and log in. The first half has ids of earlier log-ins. Whoever gets 429 waits as
// Retry-After says and up to two seconds more, and gives up after the fifth 429. The attacker guesses a password of another account four
// times a second, asks for a mail and tries a code of another recovery once a second each, and heeds no 429.
describe("2,000 people and one attacker behind one address, in an hour [L24]", () => {
  const PEOPLE = 2000;
  const HOUR = 3_600_000;
  const START = 1_800_000_000_000;
  const TRIES = 5;
  const DEFAULTS = { LIMIT_FORGOT_PER_CLIENT: "20/60", LIMIT_FORGOT_PER_ACCOUNT: "5/60", LIMIT_RESET_PER_CLIENT: "30/60", LIMIT_LOGIN_PER_CLIENT: "30/60",
    LIMIT_LOGIN_PER_ACCOUNT: "10/300", LIMIT_FAILURES_PER_CLIENT: "60/60" };
  const RIGHT_CODE = "12345678";

  /** Runs what is due in its order. */
  class Schedule {
    /** @type {Map<number, (() => Promise<void>)[]>} by the second */
    #seconds = new Map();
    /** @param {number} at milliseconds after START @param {() => Promise<void>} step */
    add(at, step) {
      const second = Math.floor(at / 1000);
      this.#seconds.set(second, [...(this.#seconds.get(second) ?? []), step]);
    }
    /** @param {(ms: number) => void} setTime */
    async run(setTime) {
      for (let second = 0; second < HOUR / 1000 + 1000; ++second) {
        const steps = this.#seconds.get(second) ?? [];
        for (const [i, step] of steps.entries()) {
          setTime(START + second * 1000 + Math.floor((i * 1000) / steps.length));
          await step();
        }
        this.#seconds.delete(second);
      }
    }
  }

  /** @typedef {{name: string, call: (id: string) => Promise<Response>, after: number}} Step after: milliseconds since the step before */

  /** Makes calls one after the other, and keeps the id of each answer. */
  class Person {
    served = false;
    /** @type {string[]} the step's name for each 429 */
    refusals = [];
    #schedule;
    #random;
    #keepsIds;
    #id;
    #steps;

    /** @param {Schedule} schedule @param {SeededRandom} random @param {{keepsIds: boolean, id: string, steps: Step[]}} habits id: "" for none */
    constructor(schedule, random, { keepsIds, id, steps }) {
      this.#schedule = schedule;
      this.#random = random;
      this.#keepsIds = keepsIds;
      this.#id = id;
      this.#steps = steps;
    }

    /** @param {number} at */
    goOn(at) {
      this.#schedule.add(at, async () => this.#conclude(at, await this.#steps[0].call(this.#id)));
    }

    /** @param {number} at @param {Response} answer */
    #conclude(at, answer) {
      if (answer.status === 429) return this.#waitFor(at, Number(answer.headers.get("retry-after")), this.#steps[0].name);
      if (this.#keepsIds) this.#id = idIn(answer) || this.#id;
      this.#steps.shift();
      this.served = this.#steps.length === 0;
      if (!this.served) this.goOn(at + this.#steps[0].after);
    }

    /** @param {number} at @param {number} seconds @param {string} step */
    #waitFor(at, seconds, step) {
      this.refusals.push(step);
      if (this.refusals.length < TRIES) this.goOn(at + seconds * 1000 + this.#random.between(0, 2000));
    }
  }

  /** @param {NodeEdge} edge @param {number} i @returns {Step[]} */
  function stepsOf(edge, i) {
    const email = `person${i}@example.com`;
    const signIn = { name: "log-in", call: (/** @type {string} */ id) => logIn(edge, email, from(id)), after: 5000 };
    if (i % 2 === 0) return [signIn];
    const recovery = { recovery_id: "" };
    const ask = async (/** @type {string} */ id) => {
      const answer = await edge.send("/api/users/forgot-password", { email }, from(id));
      if (answer.status === 202) recovery.recovery_id = (/** @type {any} */ (await answer.json())).recovery_id;
      return answer;
    };
    const set = (/** @type {string} */ id) =>
      edge.send("/api/users/reset-password", { ...recovery, code: RIGHT_CODE, new_password: "correct horse" }, from(id));
    return [{ name: "forgot", call: ask, after: 0 }, { name: "reset", call: set, after: 120_000 }, signIn];
  }

  /** The attacker's calls, four times a second in turn by each of the ids. */
  class Attacker {
    guesses = 0; // that were compared with a password
    mails = 0;
    #edge;
    #random;
    #ids;

    /** @param {NodeEdge} edge @param {SeededRandom} random @param {string[]} ids "" for none */
    constructor(edge, random, ids) {
      this.#edge = edge;
      this.#random = random;
      this.#ids = ids;
    }

    /** @param {Schedule} schedule */
    begin(schedule) {
      for (let n = 0; n < (HOUR / 1000) * 4; ++n) schedule.add(n * 250, () => this.#attack(n));
    }

    /** @param {number} n */
    async #attack(n) {
      const headers = from(this.#ids[n % this.#ids.length]);
      const victim = `person${this.#random.whole(0, PEOPLE - 1)}@example.com`;
      if ((await logIn(this.#edge, victim, headers, "guess")).status === 401) this.guesses += 1;
      if (n % 8 < 2 && (await this.#edge.send("/api/users/forgot-password", { email: `x${n}@example.com` }, headers)).status === 202) this.mails += 1;
      const code = { recovery_id: mintRecoveryId(randomBytes(16)), code: "00000000" };
      if (n % 8 >= 2 && n % 8 < 4) await this.#edge.send("/api/users/recovery/check", code, headers);
    }
  }

  /** @param {Person[]} people @param {(person: Person) => boolean} is */
  const percent = (people, is) => Math.round((100 * people.filter(is).length) / people.length);

  /** The first half has ids of earlier log-ins. @param {Schedule} schedule @param {NodeEdge} edge @param {SeededRandom} random @param {boolean} keepsIds */
  function makePeople(schedule, edge, random, keepsIds) {
    return Array.from({ length: PEOPLE }, (_, i) => {
      const id = keepsIds && i < PEOPLE / 2 ? mintDevice(`person${i}@example.com`, { expiresIn: 30 * DAY }) : "";
      const person = new Person(schedule, random, { keepsIds, id, steps: stepsOf(edge, i) });
      person.goOn(random.between(0, HOUR));
      return person;
    });
  }

  /** The answers of an origin that knows whom each mail went to. */
  function originOfAll() {
    /** @type {Map<string, string>} by the request */
    const owners = new Map();
    return (/** @type {import("./stub_origin.mjs").OriginCall} */ { path, body: { request_id, input } }) => {
      if (path === "/internal/forgot-password") owners.set(request_id, input.email);
      if (path === "/internal/forgot-password") return { body: { outcome: "accepted" } };
      if (input.password === "guess") return { body: { outcome: "bad_credentials" } };
      return { body: { outcome: "ok", account: input.email ?? owners.get(input.recovery) } };
    };
  }

  /** @param {import("node:test").TestContext} t @param {{keepsIds: boolean, attackerIds?: () => string[]}} habits of the people, and the attacker's ids */
  async function simulate(t, { keepsIds, attackerIds = () => [""] }) {
    mock.timers.setTime(START);
    const [edge, random, schedule] = [edgeWith(DEFAULTS), new SeededRandom("11"), new Schedule()];
    origin.answer = originOfAll();
    const people = makePeople(schedule, edge, random, keepsIds);
    const attacker = new Attacker(edge, random, attackerIds());
    attacker.begin(schedule);
    await schedule.run((ms) => mock.timers.setTime(ms));
    const [known, strangers] = [people.slice(0, PEOPLE / 2), people.slice(PEOPLE / 2)];
    const result = {
      known: percent(known, (person) => person.served),
      atOnce: percent(known, (person) => person.served && person.refusals.length === 0),
      strangers: percent(strangers, (person) => person.served),
      waitedAtReset: percent(strangers, (person) => person.refusals.includes("reset")),
      guesses: attacker.guesses,
      mails: attacker.mails,
    };
    t.diagnostic(`served: first half ${result.known} % (without a 429: ${result.atOnce} %), second half ${result.strangers} %, with a 429 at the reset ${result.waitedAtReset} %; the attacker: ${result.guesses} guesses, ${result.mails} mails asked for`);
    return result;
  }

  const GUESSES = 30 + 30 * 60; // what LIMIT_LOGIN_PER_CLIENT allows in an hour

  test("without device ids the attacker takes nearly all", async (t) => {
    const result = await simulate(t, { keepsIds: false });
    assert.ok(result.known < 60, String(result.known));
    assert.equal(result.waitedAtReset, 0);
    assert.ok(result.guesses <= GUESSES, String(result.guesses));
  });

  test("with an id everybody is served at once, and the attacker gets no more", async (t) => {
    const result = await simulate(t, { keepsIds: true });
    assert.deepEqual([result.known, result.atOnce, result.waitedAtReset], [100, 100, 0]);
    assert.ok(result.guesses <= GUESSES, String(result.guesses));
  });

  test("an attacker with an account gets twice as much, and keeps out nobody with an id", async (t) => {
    const result = await simulate(t, { keepsIds: true, attackerIds: () => ["", mintDevice("attacker@example.com", { expiresIn: 30 * DAY })] });
    assert.deepEqual([result.known, result.atOnce, result.waitedAtReset], [100, 100, 0]);
    assert.ok(result.guesses <= 2 * GUESSES, String(result.guesses));
  });
});
