// A mail relay (RFC 5321) that misbehaves on demand: refuses, defers, hangs, hangs up, trickles. It records every mail whose data arrived
// completely, with its reply; the clients of the run read their mails here.
import { createServer } from "node:net";

import { isResetMail } from "../system/account.mjs";
import { codeOf } from "../system/code.mjs";
import { parseMail, resetLinkOf } from "../system/mail_message.mjs";

/**
 * @typedef {import("./history.mjs").Mail} Mail
 *
 * @typedef {object} Misdeed done to a share of the mails
 * @property {string} name as in the schedule
 * @property {number} share 0 to 1
 *
 * @typedef {object} Reply
 * @property {string} line "" for no reply
 * @property {Mail["reply"]} means
 * @property {"stay" | "hang_up"} then
 */

const TAKEN = { line: "250 2.0.0 taken", means: /** @type {const} */ ("taken"), then: /** @type {const} */ ("stay") };

/** @type {Record<string, Reply>} the replies to the data */
const DATA_REPLIES = {
  relay_defers_mail: { line: "451 4.3.0 not now", means: "later", then: "stay" },
  relay_refuses_mail: { line: "554 5.6.0 not this one", means: "refused", then: "stay" },
  relay_hangs: { line: "", means: "unsaid", then: "stay" },
  relay_drops_before_reply: { line: "", means: "unsaid", then: "hang_up" },
  relay_drops_after_reply: { ...TAKEN, then: "hang_up" },
};

/** @type {Record<string, string>} */
const RECIPIENT_REPLIES = {
  relay_defers_recipient: "450 4.2.0 not now",
  relay_refuses_recipient: "550 5.1.1 nobody of that name",
};

const GREYLISTED_FOR = 10_000;
const TRICKLE_EVERY = 40;

export class FaultyRelay {
  /** @type {Set<Misdeed>} */
  misdeeds = new Set();
  /** @type {Map<string, number>} the time of each recipient's first greylisting */
  #grey = new Map();
  /** @type {Set<import("node:net").Socket>} */
  #sockets = new Set();
  #server = createServer((socket) => void this.#converse(socket));

  /**
   * @param {import("./recorder.mjs").Recorder} recorder
   * @param {import("./seeded_random.mjs").SeededRandom} random
   */
  constructor(recorder, random) {
    this.recorder = recorder;
    this.random = random;
  }

  /** @returns {Promise<number>} the port on 127.0.0.1 */
  async listen() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
  }

  /** Ends a misdeed. The end of a hang closes all connections. @param {Misdeed} misdeed */
  mend(misdeed) {
    this.misdeeds.delete(misdeed);
    if (misdeed.name === "relay_hangs") for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** @returns {string} the misdeed for this mail; "" for none */
  #chooseMisdeed() {
    return [...this.misdeeds].find(({ share }) => this.random.chance(share))?.name ?? "";
  }

  /** @param {import("node:net").Socket} socket */
  async #converse(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const refuses = [...this.misdeeds].some(({ name }) => name === "relay_refuses_us");
    await this.#say(socket, refuses ? "554 5.7.1 not to you" : "220 relay.test ESMTP", "");
    const dialogue = { to: "", misdeed: "", data: /** @type {string[] | null} */ (null) };
    try {
      for await (const line of linesOf(socket)) await this.#answer(socket, dialogue, line);
    } catch {
      socket.destroy(); // the other side hung up
    }
  }

  /**
   * @param {import("node:net").Socket} socket
   * @param {{to: string, misdeed: string, data: string[] | null}} dialogue
   * @param {string} line
   */
  async #answer(socket, dialogue, line) {
    if (dialogue.data && line !== ".") {
      dialogue.data.push(line.replace(/^\.\./, "."));
    } else if (dialogue.data) {
      const text = dialogue.data.join("\r\n");
      dialogue.data = null;
      await this.#endMail(socket, dialogue, text);
    } else if (/^DATA$/i.test(line)) {
      dialogue.data = [];
      await this.#say(socket, "354 go on", dialogue.misdeed);
    } else if (/^QUIT/i.test(line)) {
      socket.end("221 bye\r\n");
    } else if (/^RCPT TO:/i.test(line)) {
      dialogue.to = /<([^>]*)>/.exec(line)?.[1] ?? "";
      dialogue.misdeed = this.#chooseMisdeed();
      await this.#say(socket, this.#judgeRecipient(dialogue), dialogue.misdeed);
    } else {
      await this.#say(socket, "250 fine", "");
    }
  }

  /** @param {{to: string, misdeed: string}} dialogue */
  #judgeRecipient({ to, misdeed }) {
    if (misdeed === "relay_greylists") {
      const first = this.#grey.get(to) ?? this.recorder.now();
      this.#grey.set(to, first);
      if (this.recorder.now() - first < GREYLISTED_FOR) return "451 4.7.1 greylisted, come again";
    }
    return RECIPIENT_REPLIES[misdeed] ?? "250 fine";
  }

  /**
   * The mail is recorded before the reply goes out, so that every mail with a reply is recorded.
   * @param {import("node:net").Socket} socket
   * @param {{to: string, misdeed: string}} dialogue
   * @param {string} text
   */
  async #endMail(socket, { to, misdeed }, text) {
    const reply = DATA_REPLIES[misdeed] ?? TAKEN;
    this.recorder.mail(mailOf(to, text, reply.means, this.recorder.now()));
    if (reply.line) await this.#say(socket, reply.line, misdeed);
    if (reply.then === "hang_up") socket.end();
  }

  /** @param {import("node:net").Socket} socket @param {string} line @param {string} misdeed */
  async #say(socket, line, misdeed) {
    if (misdeed !== "relay_trickles") {
      socket.write(`${line}\r\n`);
      return;
    }
    for (const letter of `${line}\r\n`) {
      if (socket.destroyed) return;
      socket.write(letter);
      await new Promise((resolve) => setTimeout(resolve, TRICKLE_EVERY));
    }
  }
}

/**
 * @param {string} to
 * @param {string} text
 * @param {Mail["reply"]} reply
 * @param {number} at
 * @returns {Mail}
 */
function mailOf(to, text, reply, at) {
  const message = parseMail(text);
  const isReset = isResetMail(message);
  const { token, link } = isReset ? resetLinkOf(message) : { token: "", link: "" };
  return { kind: "mail", at, to, subject: isReset ? "reset" : "changed", token, link, code: isReset ? codeOf(message) : "", messageId: message.messageId, reply };
}

/** @param {import("node:net").Socket} socket */
async function* linesOf(socket) {
  let rest = "";
  for await (const chunk of socket) {
    const lines = (rest + chunk.toString("latin1")).split("\r\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
