// Parses a mail as it was sent (RFC 5322, RFC 2045 to 2047), as far as Rekey's mails need it.

/**
 * @typedef {object} MailPart
 * @property {string} type the media type in lower case, without parameters
 * @property {string} text decoded
 *
 * @typedef {object} MailMessage
 * @property {string} raw
 * @property {Map<string, string[]>} headers by lower-case name, unfolded
 * @property {string} subject decoded
 * @property {string} messageId
 * @property {string} type the media type of the whole
 * @property {MailPart[]} parts
 * @property {string} text the text/plain part
 * @property {string} html the text/html part
 */

/**
 * @param {string} raw with CRLF line ends
 * @returns {MailMessage}
 */
export function parseMail(raw) {
  const { headers, body } = splitEntity(raw);
  const parts = partsOf(headers, body);
  return {
    raw,
    headers,
    subject: decodeWords(first(headers, "subject")),
    messageId: first(headers, "message-id"),
    type: mediaType(headers),
    parts,
    text: parts.find((part) => part.type === "text/plain")?.text ?? "",
    html: parts.find((part) => part.type === "text/html")?.text ?? "",
  };
}

const linkPattern = /\S*?\/reset-password(?<cancel>\/cancel)?#token=(?<token>[A-Za-z0-9_-]{72})(?![A-Za-z0-9_-])/g;

/**
 * @param {MailMessage} mail
 * @returns {{token: string, link: string, cancelLink: string}} from the plain part
 */
export function resetLinkOf(mail) {
  const found = [...mail.text.matchAll(linkPattern)];
  const reset = found.find((match) => !match.groups?.cancel);
  const cancel = found.find((match) => match.groups?.cancel);
  if (!reset?.groups) throw new Error(`no reset link in the mail "${mail.subject}"`);
  return { token: reset.groups.token, link: reset[0], cancelLink: cancel?.[0] ?? "" };
}

/** @param {string} entity */
function splitEntity(entity) {
  const end = entity.indexOf("\r\n\r\n");
  if (end < 0) throw new Error("the mail's header has no end");
  return { headers: parseHeaders(entity.slice(0, end)), body: entity.slice(end + 4) };
}

/** @param {string} block */
function parseHeaders(block) {
  /** @type {Map<string, string[]>} */
  const headers = new Map();
  for (const line of block.replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return headers;
}

/**
 * @param {Map<string, string[]>} headers
 * @param {string} name
 */
function first(headers, name) {
  return headers.get(name)?.[0] ?? "";
}

/** @param {Map<string, string[]>} headers */
function mediaType(headers) {
  return first(headers, "content-type").split(";")[0].trim().toLowerCase();
}

/**
 * @param {Map<string, string[]>} headers
 * @param {string} body
 * @returns {MailPart[]}
 */
function partsOf(headers, body) {
  const boundary = /boundary="?([^";]+)"?/i.exec(first(headers, "content-type"))?.[1];
  if (!boundary) return [{ type: mediaType(headers), text: decodeBody(headers, body) }];
  return `\r\n${body}`
    .split(`\r\n--${boundary}`)
    .slice(1, -1)
    .map((piece) => splitEntity(piece.replace(/^\s*?\r\n/, "")))
    .flatMap((entity) => partsOf(entity.headers, entity.body));
}

/**
 * @param {Map<string, string[]>} headers
 * @param {string} body
 */
function decodeBody(headers, body) {
  const coding = first(headers, "content-transfer-encoding").toLowerCase();
  if (coding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (coding === "quoted-printable") return decodeQuoted(body.replace(/=\r\n/g, ""));
  return body;
}

/** @param {string} text */
function decodeQuoted(text) {
  const bytes = text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** @param {string} text */
function decodeWords(text) {
  return text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, coding, word) =>
      coding.toLowerCase() === "b" ? Buffer.from(word, "base64").toString("utf8") : decodeQuoted(word.replace(/_/g, " ")),
    );
}
