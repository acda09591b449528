// The last step of every answer, the module's or its replacement: adds Date (RFC 9110, section 6.6.1), and drops the body for HEAD.

/** @param {string} method @param {number} status @param {[string, string][]} headers @param {Uint8Array<ArrayBuffer>} body */
export function respond(method, status, headers, body) {
  headers.push(["date", new Date().toUTCString()]);
  if (method === "HEAD") headers.push(["content-length", String(body.length)]);
  return new Response(method === "HEAD" || body.length === 0 ? null : body, { status, headers });
}

const BODY = JSON.stringify({
  type: "urn:rekey:problem:unavailable",
  title: "Service Unavailable",
  status: 503,
  detail: "Try again in a moment.",
});

const HEADERS = {
  "content-type": "application/problem+json",
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
};

/**
 * The answer if the module can't give one: it trapped, or a setting is invalid. A test compares it with the module's own 503.
 * Only Strict-Transport-Security is missing: its max-age is a setting, and browsers keep the one that they have.
 * @param {Request} request @param {string} requestId
 */
export function unavailable(request, requestId) {
  return respond(request.method, 503, Object.entries({ ...HEADERS, "x-request-id": requestId }), new TextEncoder().encode(BODY));
}
