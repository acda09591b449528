// A second implementation of the token format (DESIGN.md, "The token"), with which tests forge, mint and look up tokens.
import { createHash, createHmac, randomBytes } from "node:crypto";

export const resetPurpose = "rekey reset v1";
export const sessionPurpose = "rekey session v1";

/**
 * @param {string} setting `id:base64url,...` or a bare key
 * @returns {{id: number, key: Buffer}} the signing key
 */
export function signingKey(setting) {
  const [first] = setting.split(",");
  const colon = first.indexOf(":");
  const id = colon < 0 ? 0 : Number(first.slice(0, colon));
  return { id, key: Buffer.from(first.slice(colon + 1), "base64url") };
}

/**
 * @param {string} secretSetting RESET_PASSWORD_TOKEN_SECRET
 * @param {{purpose?: string, expiresAt?: number, random?: Buffer}} [content] expiry in Unix seconds, an hour from now by default
 */
export function mintToken(secretSetting, { purpose = resetPurpose, expiresAt = unixNow() + 3600, random = randomBytes(32) } = {}) {
  const { id, key } = signingKey(secretSetting);
  const head = Buffer.alloc(6);
  head.writeUInt8(1, 0);
  head.writeUInt8(id, 1);
  head.writeUInt32BE(expiresAt, 2);
  const body = Buffer.concat([head, random]);
  const tag = createHmac("sha256", key).update(purpose).update("\0").update(body).digest().subarray(0, 16);
  return Buffer.concat([body, tag]).toString("base64url");
}

/** @param {string} token */
export function tokenHash(token) {
  return createHash("sha256").update(token).digest("hex");
}

/** @param {string} token */
export function tokenExpiry(token) {
  return Buffer.from(token, "base64url").readUInt32BE(2);
}

/**
 * @param {string} token
 * @param {number} bit 0 to 431
 */
export function flipBit(token, bit) {
  const bytes = Buffer.from(token, "base64url");
  bytes[bit >> 3] ^= 0x80 >> (bit & 7);
  return bytes.toString("base64url");
}

export function unixNow() {
  return Math.floor(Date.now() / 1000);
}
