// The tests' secrets, and tokens made from them by Node's own crypto: a second implementation beside shared/token.cpp.
import { createHash, createHmac, randomBytes } from "node:crypto";

const key = (/** @type {number} */ fill) => Buffer.alloc(32, fill);

export const tokenKeys = { 1: key(0x11), 2: key(0x12) };
export const originKey = key(0x21);

/** @param {Buffer} bytes */
export const base64url = (bytes) => bytes.toString("base64url");

export const settings = {
  RESET_PASSWORD_TOKEN_SECRET: `1:${base64url(tokenKeys[1])},2:${base64url(tokenKeys[2])}`,
  EDGE_ORIGIN_KEYS: `1:${base64url(originKey)}`,
};

/**
 * @param {{purpose?: string, secret?: Buffer, keyId?: number, version?: number, expiresIn?: number, random?: Buffer}} [options]
 * @returns {string} 72 characters
 */
export function mintToken({ purpose = "rekey reset v1", secret = tokenKeys[1], keyId = 1, version = 1, expiresIn = 3600, random = randomBytes(32) } = {}) {
  const head = Buffer.alloc(6);
  head.writeUInt8(version, 0);
  head.writeUInt8(keyId, 1);
  head.writeUInt32BE(Math.floor(Date.now() / 1000) + expiresIn, 2);
  const signed = Buffer.concat([head, random]);
  const tag = createHmac("sha256", secret).update(`${purpose}\0`).update(signed).digest().subarray(0, 16);
  return base64url(Buffer.concat([signed, tag]));
}

/**
 * A recovery id by DESIGN.md, "The code".
 * @param {Buffer} request 16 bytes @param {number} [expiresIn] seconds
 */
export const mintRecoveryId = (request, expiresIn = 3600) =>
  mintToken({ purpose: "rekey recovery v1", expiresIn, random: Buffer.concat([request, Buffer.alloc(16)]) });

/** What the edge forwards of a code: a print for each key. @param {string} requestId @param {string} digits */
export const printsOf = (requestId, digits) =>
  Object.entries(tokenKeys).map(([id, secret]) =>
    `${id}:${createHmac("sha256", secret).update(`rekey code print v1\0${requestId}${digits}`).digest("hex").slice(0, 16)}`).join(",");

/** @param {number} [expiresIn] seconds */
export const mintSession = (expiresIn = 1800) => mintToken({ purpose: "rekey session v1", expiresIn });

/** The random part of a device id. @param {string} account its address in lower case @param {Buffer} [secret] */
export const deviceRandom = (account, secret = tokenKeys[1]) => createHmac("sha256", secret).update(`rekey device of v1\0${account}`).digest();

/** A device id by DESIGN.md, "The device id". @param {string} account its address in lower case @param {Parameters<typeof mintToken>[0]} [options] */
export const mintDevice = (account, options) =>
  mintToken({ purpose: "rekey device v1", random: deviceRandom(account, options?.secret), ...options });

/** @param {string} token */
export const hashOf = (token) => createHash("sha256").update(token).digest("hex");
