// The answer where there is no module to ask: it trapped, or a setting can't be used. A test holds it and the module's own together.
import { respond } from "./respond.js";

const BODY = JSON.stringify({
  type: "urn:rekey:problem:unavailable",
  title: "Service Unavailable",
  status: 503,
  detail: "Try again in a moment.",
});

const HEADERS = Object.freeze({
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
});

/** @param {Request} request @param {string} requestId */
export function unavailable(request, requestId) {
  const headers = new Headers({ ...HEADERS, "x-request-id": requestId });
  if (request.url.startsWith("https:")) headers.set("strict-transport-security", "max-age=63072000; includeSubDomains");
  return respond(request.method, 503, headers, new TextEncoder().encode(BODY));
}
