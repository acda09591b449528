// The mixed load of the calm: what owners do, what strangers try, and what operators do, each at an everyday rate.
import { randomBytes } from "node:crypto";

import { newPassword } from "../system/account.mjs";
import { mintToken, unixNow } from "../system/token.mjs";

/**
 * @typedef {import("./clients.mjs").Person} Person
 * @typedef {import("./world.mjs").WatchedWorld} World
 *
 * @typedef {object} Story
 * @property {string} name
 * @property {number} each seconds between two of them
 * @property {(world: World, people: Person[]) => Promise<unknown>} tell
 */

const MAIL_PATIENCE = 20_000;
const [FIRST, PEOPLE] = [60, 400];

/** @template T @param {T[]} list @returns {T} */
const anyOf = (list) => list[Math.floor(Math.random() * list.length)];
const pause = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {World} world @param {string} email @returns {Promise<string>} the link's token, "" if no mail came in time */
async function askForLink({ clients, relay }, email) {
  relay.links.delete(email);
  await clients.forgot(email);
  for (const end = Date.now() + MAIL_PATIENCE; Date.now() < end; await pause(100)) {
    const token = relay.links.get(email);
    if (token) return token;
  }
  return "";
}

/** @param {World} world @param {Person} person */
async function forgetAndReset(world, person) {
  const token = await askForLink(world, person.email);
  if (!token) return;
  const password = newPassword();
  const { status } = await world.clients.reset(token, password);
  if (status === 200) person.password = password;
  if (Math.random() < 0.2) await world.clients.reset(token, newPassword()); // used twice
  await world.clients.logIn(person.email, person.password);
}

/** @param {World} world @param {Person} person */
async function visit({ clients }, { email, password }) {
  if (Math.random() < 0.2) await clients.logIn(email, "mistyped at first");
  const { json } = await clients.logIn(email, password);
  for (let i = 0; i < 3; ++i) await clients.me(json?.access_token ?? "");
}

/** @type {Story[]} */
export const STORIES = [
  { name: "an owner resets a forgotten password", each: 1, tell: (world, people) => forgetAndReset(world, anyOf(people)) },
  { name: "an owner logs in and looks around", each: 0.4, tell: (world, people) => visit(world, anyOf(people)) },
  {
    name: "a new account", each: 5,
    tell: async ({ clients }, people) => {
      people.push(await clients.register());
      if (people.length > PEOPLE) people.shift();
    },
  },
  { name: "somebody types an address without an account", each: 1, tell: ({ clients }) => clients.forgot(clients.unknownEmail()) },
  { name: "a wrong password", each: 2, tell: ({ clients }) => clients.logIn(clients.unknownEmail(), "a guess") },
  { name: "a link that a mail program cut", each: 20, tell: ({ clients }) => clients.reset(randomBytes(40).toString("base64url"), newPassword()) },
  { name: "a forged link", each: 20, tell: ({ clients }) => clients.reset(mintToken(`1:${randomBytes(32).toString("base64url")}`), newPassword()) },
  {
    name: "an expired link", each: 20,
    tell: ({ clients, rig }) => clients.reset(mintToken(rig.settings.RESET_PASSWORD_TOKEN_SECRET, { expiresAt: unixNow() - 60 }), newPassword()),
  },
  { name: "a body that is no JSON", each: 10, tell: ({ clients }) => clients.call("POST", "/api/users/forgot-password", "{", {}) },
  {
    name: "one client asks too often", each: 60,
    tell: async ({ clients }) => {
      const address = clients.newAddress();
      for (let i = 0; i < 40; ++i) await clients.forgot(clients.unknownEmail(), address);
      for (let i = 0; i < 40; ++i) await clients.logIn(clients.unknownEmail(), "a guess", address);
    },
  },
  { name: "a monitor looks", each: 5, tell: ({ clients }) => clients.health() },
  { name: "a page", each: 1, tell: ({ clients }) => clients.call("GET", "/forgot-password", undefined, { accept: "text/html" }) },
];

/** Mails that a relay of everyday refuses or does not take at once. @param {string} to */
export function everydayReply(to) {
  const chance = Math.random();
  if (chance < 0.01) return `550 5.1.1 no mail box ${to}`;
  return chance < 0.03 ? "451 4.7.1 come again" : "250 2.0.0 taken";
}

/**
 * Tells each story at its rate until it is stopped. A story that has not ended holds up no other one.
 * @param {World} world
 * @returns {Promise<() => Promise<void>>}
 */
export async function beginStories(world) {
  /** @type {Person[]} */
  const people = [];
  for (let i = 0; i < FIRST; ++i) people.push(await world.clients.register());
  const underWay = new Set();
  const timers = STORIES.map(({ each, tell }) =>
    setInterval(() => {
      const told = tell(world, people).catch(() => {}).finally(() => underWay.delete(told));
      underWay.add(told);
    }, each * 1000));
  return async () => {
    timers.forEach(clearInterval);
    await Promise.all(underWay);
  };
}
