// A mail relay at a fixed port that can be closed and opened again. It keeps only the newest link of each address, for long runs.
import { isResetMail } from "../system/account.mjs";
import { resetLinkOf } from "../system/mail_message.mjs";
import { Relay } from "../system/relay.mjs";

export class RelayStation {
  /** @type {Map<string, string>} tokens by address */
  links = new Map();
  taken = 0;
  /** The reply to a mail, by its recipient. @type {(to: string) => string} */
  judge = () => "250 2.0.0 taken";
  #relay = new Relay();
  #isOpen = false;

  /** @param {number} port */
  constructor(port) {
    this.port = port;
    this.#relay.verdict = (mail) => this.#receive(mail);
  }

  async open() {
    if (!this.#isOpen) await this.#relay.listen(this.port);
    this.#isOpen = true;
  }

  async close() {
    if (this.#isOpen) await this.#relay.close();
    this.#isOpen = false;
  }

  /** @param {import("../system/relay.mjs").RelayedMail} mail */
  #receive({ to, message }) {
    this.#relay.mails.length = 0;
    const reply = this.judge(to);
    if (reply.startsWith("2")) this.taken += 1;
    if (reply.startsWith("2") && isResetMail(message)) this.links.set(to, resetLinkOf(message).token);
    return reply;
  }
}
