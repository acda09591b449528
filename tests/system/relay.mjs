// A mail relay under a test's control: speaks SMTP (RFC 5321) as far as the origin needs, and the test decides its reply to each mail.
import { createServer } from "node:net";

import { parseMail } from "./mail_message.mjs";

/**
 * @typedef {object} RelayedMail
 * @property {string} to the envelope's only recipient
 * @property {import("./mail_message.mjs").MailMessage} message
 *
 * @typedef {(mail: RelayedMail) => Promise<string> | string} Verdict the reply to the data, such as "250 taken"
 */

export class Relay {
  constructor() {
    /** @type {RelayedMail[]} every mail whose data arrived completely, whatever the reply was */
    this.mails = [];
    /** @type {Verdict} */
    this.verdict = () => "250 2.0.0 taken";
    /** The reply to MAIL FROM. */
    this.wordOnSender = "250 fine";
    /** @type {Set<import("node:net").Socket>} */
    this.sockets = new Set();
    this.server = createServer((socket) => this.#converse(socket));
  }

  /** @param {number} [port] by default a free one @returns {Promise<number>} the port on 127.0.0.1 */
  async listen(port = 0) {
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", () => resolve(undefined)));
    return /** @type {import("node:net").AddressInfo} */ (this.server.address()).port;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** @param {string} address */
  mailsTo(address) {
    return this.mails.filter((mail) => mail.to === address);
  }

  /** @param {import("node:net").Socket} socket */
  async #converse(socket) {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const reply = (/** @type {string} */ line) => socket.write(`${line}\r\n`);
    reply("220 relay.test ESMTP");
    let to = "";
    let data = /** @type {string[] | null} */ (null);
    for await (const line of linesOf(socket)) {
      if (data && line !== ".") {
        data.push(line.replace(/^\.\./, "."));
      } else if (data) {
        const mail = { to, message: parseMail(data.join("\r\n")) };
        data = null;
        this.mails.push(mail);
        reply(await this.verdict(mail));
      } else if (/^DATA$/i.test(line)) {
        data = [];
        reply("354 go on");
      } else if (/^MAIL FROM:/i.test(line)) {
        reply(this.wordOnSender);
      } else if (/^QUIT/i.test(line)) {
        socket.end("221 bye\r\n");
        return;
      } else {
        to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1] ?? to;
        reply("250 fine");
      }
    }
  }
}

/** @param {import("node:net").Socket} socket */
async function* linesOf(socket) {
  let rest = "";
  try {
    for await (const chunk of socket) {
      const lines = (rest + chunk.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (error) {
    if (!socket.destroyed) throw error;
  }
}
