// How an answer leaves, whoever has worded it: with the time (RFC 9110, section 6.6.1), and to HEAD without its body.

/** @param {string} method @param {number} status @param {Headers} headers @param {Uint8Array<ArrayBuffer>} body */
export function respond(method, status, headers, body) {
  headers.set("date", new Date().toUTCString());
  if (method === "HEAD") headers.set("content-length", String(body.length));
  return new Response(method === "HEAD" || body.length === 0 ? null : body, { status, headers });
}
