// The clients of a run: a few lanes that play stories one after the other, about accounts that the run has opened.
import { AccountBook } from "./account_book.mjs";
import { Stories } from "./client_stories.mjs";

/**
 * @typedef {import("./account_book.mjs").Account} Account
 * @typedef {import("./client_stories.mjs").Opener} Opener
 * @typedef {import("./edge_client.mjs").EdgeClient} EdgeClient
 * @typedef {import("./seeded_random.mjs").SeededRandom} SeededRandom
 */

const ACCOUNTS = 36;
const LANES = 12;
/** Milliseconds for the last mails, when nothing delays them any more. */
const LAST_MAILS = 10_000;
/** Milliseconds between two stories of a lane, so that the machine has time for the parts, too. */
const PAUSE = /** @type {[number, number]} */ ([60, 250]);

/** @typedef {"reset" | "resetByCode" | "resetTwiceAtOnce" | "resetByOlderLink" | "keepLink" | "cancel" | "cancelAtOnce" | "changePassword" | "changeWhileResetting" | "logOut" | "flood" | "askForUnknown"} StoryName */

/** @type {readonly [StoryName, number][]} each with its frequency */
const REPERTOIRE = [
  ["reset", 6], ["resetByCode", 4], ["resetTwiceAtOnce", 3], ["resetByOlderLink", 3], ["keepLink", 2], ["cancel", 2], ["cancelAtOnce", 2],
  ["changePassword", 3], ["changeWhileResetting", 2], ["logOut", 2], ["flood", 1], ["askForUnknown", 2],
];

const DECK = REPERTOIRE.flatMap(([name, weight]) => Array.from({ length: weight }, () => name));

export class ClientLanes {
  /**
   * @param {EdgeClient} client
   * @param {Opener} opener of new accounts
   * @param {SeededRandom} random
   * @param {readonly StoryName[]} [deck] the stories, each as often as its frequency says
   */
  constructor(client, opener, random, deck = DECK) {
    this.deck = deck;
    this.random = random;
    this.recorder = client.recorder;
    this.book = new AccountBook(random);
    this.stories = new Stories(client, opener, this.book, random);
    this.registered = 0;
  }

  /** Called before the first fault. */
  async openAccounts() {
    const names = Array.from({ length: ACCOUNTS }, () => this.#newName());
    for (let at = 0; at < names.length; at += 5) await Promise.all(names.slice(at, at + 5).map((name) => this.stories.register(name)));
    if (this.book.accounts.length < ACCOUNTS / 2) throw new Error(`only ${this.book.accounts.length} accounts could be opened`);
  }

  /** @param {number} until milliseconds of the run's clock */
  async run(until) {
    this.stories.mailsUntil = until;
    await Promise.all([...Array.from({ length: LANES }, () => this.#lane(until)), this.#lateLane(until)]);
  }

  /** When all faults are over: checks each account's current password, and resets a few. */
  async lookAtTheEnd() {
    this.stories.mailsUntil = this.recorder.now() + LAST_MAILS;
    await inPieces(this.book.accounts, (account) => this.stories.lookAtTheEnd(account));
    await inPieces(this.random.shuffled(this.book.accounts).slice(0, 8), (account) => this.stories.reset(account));
  }

  /** @param {number} until */
  async #lane(until) {
    while (this.recorder.now() < until) {
      await this.#tellOne();
      await sleep(this.random.between(...PAUSE));
    }
  }

  /** Uses kept links after their expiry. @param {number} until */
  async #lateLane(until) {
    const { lateUses } = this.stories;
    while (this.recorder.now() < until) {
      if (lateUses.length > 0 && lateUses[0].at <= this.recorder.now()) await this.stories.useLate(/** @type {any} */ (lateUses.shift()));
      else await sleep(100);
    }
  }

  async #tellOne() {
    const name = this.random.pick(this.deck);
    if (name === "askForUnknown") return this.stories.askForUnknown();
    if (this.random.chance(0.01)) return this.stories.register(this.#newName());
    return this.book.lend((account) => this.stories[name](account));
  }

  #newName() {
    return `user${++this.registered}-${this.random.word().slice(0, 4)}`;
  }
}

/** @param {Account[]} accounts @param {(account: Account) => Promise<unknown>} work four at a time */
async function inPieces(accounts, work) {
  for (let at = 0; at < accounts.length; at += 4) await Promise.all(accounts.slice(at, at + 4).map(work));
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
