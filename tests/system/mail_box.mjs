// The development mail box (MailDev) over its REST API: the mails for an address, as they arrived.
import { parseMail } from "./mail_message.mjs";
import { until } from "./polling.mjs";

/** @typedef {import("./mail_message.mjs").MailMessage} MailMessage */

export class MailBox {
  /** @param {string} baseUrl of the inbox, such as http://127.0.0.1:1080 */
  constructor(baseUrl) {
    this.baseUrl = baseUrl;
    /** @type {Map<string, MailMessage>} */
    this.read = new Map();
  }

  /**
   * @param {string} address
   * @returns {Promise<MailMessage[]>} in order of arrival
   */
  async mailsTo(address) {
    const list = /** @type {{id: string, time: string, to: {address: string}[]}[]} */ (await this.fetchJson("/email"));
    const mine = list.filter((mail) => mail.to.some((to) => to.address.toLowerCase() === address.toLowerCase()));
    return Promise.all(mine.map((mail) => this.message(mail.id)));
  }

  /**
   * @param {string} address
   * @param {{count?: number, where?: (mail: MailMessage) => boolean, deadline?: number}} [wanted]
   * @returns {Promise<MailMessage>} the newest match, as soon as at least `count` have arrived
   */
  async waitFor(address, { count = 1, where = () => true, deadline } = {}) {
    const mails = await until(`mail number ${count} is in the box`, async () => {
      const found = (await this.mailsTo(address)).filter(where);
      return found.length >= count && found;
    }, { deadline });
    return mails[mails.length - 1];
  }

  /** @param {string} id */
  async message(id) {
    const known = this.read.get(id);
    if (known) return known;
    // MailDev lists a mail before its file is whole.
    const source = await until("the mail is whole", async () => {
      const text = await (await fetch(`${this.baseUrl}/email/${id}/source`)).text();
      return text.trimEnd().endsWith("--") && text;
    });
    const message = parseMail(source.replace(/\r?\n/g, "\r\n"));
    this.read.set(id, message);
    return message;
  }

  /** @param {string} path */
  async fetchJson(path) {
    const response = await fetch(this.baseUrl + path);
    if (!response.ok) throw new Error(`the mail box answered ${response.status} to ${path}`);
    return response.json();
  }
}
