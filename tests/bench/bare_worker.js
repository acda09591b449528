// A Worker that makes the edge's calls and does none of its work: it reads the body; for a forgot request it calls a limiter that counts
// nothing, and the origin, which refuses the unsigned call; it gives a fixed answer with the edge's headers. The edge can't be faster than
// the platform is with this Worker.
import { DurableObject } from "cloudflare:workers";
import { HEADERS } from "./plain_worker.js";

/** @typedef {{ORIGIN_URLS: string, LIMITER: {idFromName(name: string): any, get(id: any): BareLimiter}}} Env */

const encoder = new TextEncoder();
const QUESTION = new Uint8Array(64);
const CALL = encoder.encode('{"version":1,"request_id":"","client":{},"input":{"email":"nobody@example.com"}}');
const CALL_HEADERS = { "content-type": "application/json", "signature-input": "x".repeat(120), signature: "y".repeat(60), "content-digest": "z".repeat(60) };
const headers = new Headers({
  ...HEADERS, "content-type": "application/json", "x-request-id": "A".repeat(22), date: "Thu, 01 Jan 1970 00:00:00 GMT",
  "strict-transport-security": "max-age=31536000",
});
const REFUSED = encoder.encode(JSON.stringify({ type: "urn:rekey:problem:bad-token", title: "Bad Request", status: 400, detail: "x".repeat(60) }));
const ACCEPTED = encoder.encode(JSON.stringify({ message: "x".repeat(80) }));

export class BareLimiter extends DurableObject {
  /** @param {Uint8Array} _question */
  async take(_question) {
    return new Uint8Array(16);
  }
}

/** @param {Env} env */
async function forward(env) {
  await env.LIMITER.get(env.LIMITER.idFromName("0")).take(QUESTION);
  const reply = await fetch(env.ORIGIN_URLS, { method: "POST", headers: CALL_HEADERS, body: CALL, redirect: "manual" });
  await reply.arrayBuffer();
}

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    await request.arrayBuffer();
    if (!request.url.endsWith("/forgot-password")) return new Response(REFUSED, { status: 400, headers });
    await forward(env);
    return new Response(ACCEPTED, { status: 202, headers });
  },
};
