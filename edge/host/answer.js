// The last step of every answer, the module's or its replacement: adds Date (RFC 9110, section 6.6.1), and drops the body for HEAD.

/**
 * Shared headers are handed over as one object, which costs the platform a fraction of their pairs.
 * @typedef {{shared: Headers, own: [string, string][]}} AnswerHeaders own: of this answer alone
 */

/** @param {string} method @param {number} status @param {AnswerHeaders} headers @param {Uint8Array<ArrayBuffer>} body */
export function respond(method, status, { shared, own }, body) {
  const response = new Response(method === "HEAD" || body.length === 0 ? null : body, { status, headers: shared });
  for (const [name, value] of own) response.headers.append(name, value);
  response.headers.set("date", new Date().toUTCString());
  if (method === "HEAD") response.headers.set("content-length", String(body.length));
  return response;
}

const BODY = JSON.stringify({
  type: "urn:rekey:problem:unavailable",
  title: "Service Unavailable",
  status: 503,
  detail: "Try again in a moment.",
});

const HEADERS = new Headers({
  "content-type": "application/problem+json",
  "content-language": "en",
  vary: "Accept-Language",
  "retry-after": "5",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), " +
    "microphone=(), midi=(), payment=(), usb=()",
});

/**
 * The answer if the module can't give one: it trapped, or a setting is invalid. A test compares it with the module's own 503.
 * Only Strict-Transport-Security is missing: its max-age is a setting, and browsers keep the one that they have.
 * @param {Request} request @param {string} requestId
 */
export function unavailable(request, requestId) {
  return respond(request.method, 503, { shared: HEADERS, own: [["x-request-id", requestId]] }, new TextEncoder().encode(BODY));
}
