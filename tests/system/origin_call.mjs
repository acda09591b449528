// Calls to the origin as the edge makes them: the envelope, and a second implementation of its signature (RFC 9421 with RFC 9530's
// digest). Tests, benches and floods that call the origin without an edge use it.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { signingKey, unixNow } from "./token.mjs";

/** @typedef {{ip: string, user_agent: string, country: string, accept_language: string}} Client */
/** @typedef {{path: string, headers: Record<string, string>, body: string}} OriginCall */

/** 128 bits, as the edge makes request ids. */
export const newNonce = () => randomBytes(16).toString("base64url");

/**
 * Valid for a minute, like its signature.
 * @param {string} keys EDGE_ORIGIN_KEYS
 * @param {string} useCase
 * @param {Record<string, unknown>} input
 * @param {{client?: Partial<Client>, nonce?: string, repeat?: string}} [sender] repeat: of an Idempotency-Key
 * @returns {OriginCall} a POST
 */
export function signedCall(keys, useCase, input, { client, nonce = newNonce(), repeat } = {}) {
  const path = `/internal/${useCase}`;
  const everyClient = { ip: "192.0.2.1", user_agent: "", country: "", accept_language: "" };
  const body = JSON.stringify({ version: 1, request_id: nonce, client: { ...everyClient, ...client }, input, ...(repeat && { repeat }) });
  return { path, headers: signedHeaders(keys, path, body, nonce), body };
}

/**
 * The health call, which compares the edge's keys with the origin's.
 * @param {string} keys EDGE_ORIGIN_KEYS
 * @param {string} tokenKeys RESET_PASSWORD_TOKEN_SECRET
 */
export function healthCall(keys, tokenKeys) {
  const nonce = newNonce();
  return signedCall(keys, "health", { edge_origin_keys: fingerprints(keys, nonce), token_keys: fingerprints(tokenKeys, nonce) }, { nonce });
}

/**
 * @param {string} keysSetting EDGE_ORIGIN_KEYS
 * @param {string} path
 * @param {string} body
 * @param {string} nonce
 */
export function signedHeaders(keysSetting, path, body, nonce) {
  const { id, key } = signingKey(keysSetting);
  const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const params = `("@method" "@path" "content-digest");created=${unixNow()};keyid="${id}";alg="hmac-sha256";nonce="${nonce}"`;
  const base = `"@method": POST\n"@path": ${path}\n"content-digest": ${digest}\n"@signature-params": ${params}`;
  return {
    "content-type": "application/json",
    "content-digest": digest,
    "signature-input": `rekey=${params}`,
    signature: `rekey=:${createHmac("sha256", key).update(base).digest("base64")}:`,
  };
}

/**
 * A second implementation of shared/key_fingerprints.h.
 * @param {string} setting a list of keys
 * @param {string} salt
 */
export function fingerprints(setting, salt) {
  const each = setting.split(",").map(signingKey);
  const print = (/** @type {Buffer} */ key) => createHmac("sha256", key).update("rekey key fingerprint v1\0").update(salt).digest("hex").slice(0, 16);
  return each.map(({ id, key }) => `${id}:${print(key)}`).join(",");
}
