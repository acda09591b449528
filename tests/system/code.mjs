// A second implementation of the codes beside the links (DESIGN.md, "The code"), and codes that are planted in the database.
import { createHmac } from "node:crypto";

import { newNonce } from "./origin_call.mjs";
import { plantedLinks } from "./planted_links.mjs";
import { literal } from "./database.mjs";
import { mintToken, signingKey, tokenHash, unixNow } from "./token.mjs";

export const recoveryPurpose = "rekey recovery v1";

/** @param {string} secretSetting RESET_PASSWORD_TOKEN_SECRET @param {string} requestId */
export const mintRecoveryId = (secretSetting, requestId) =>
  mintToken(secretSetting, {
    purpose: recoveryPurpose, expiresAt: unixNow() + 86_400, random: Buffer.concat([Buffer.from(requestId, "base64url"), Buffer.alloc(16)]),
  });

/** @param {string} secretSetting @param {string} requestId @param {string} digits @returns {string} 16 hex digits under the signing key */
export const printOf = (secretSetting, requestId, digits) =>
  createHmac("sha256", signingKey(secretSetting).key).update(`rekey code print v1\0${requestId}${digits}`).digest("hex").slice(0, 16);

/** @param {string} secretSetting @param {string} requestId @param {string} digits @returns {string} as the edge sends it */
export const printsOf = (secretSetting, requestId, digits) => `${signingKey(secretSetting).id}:${printOf(secretSetting, requestId, digits)}`;

/** @param {import("./mail_message.mjs").MailMessage} mail @returns {string} the digits of the plain part, "" without a code */
export const codeOf = (mail) => (/^(\d{4}) (\d{4})\r?$/m.exec(mail.text)?.slice(1) ?? []).join("");

/** Another code of 8 digits. @param {string} code */
export const wrongCode = (code) => (code.startsWith("1") ? "2" : "1") + code.slice(1);

/**
 * Puts a request with a mailed link and code into the database.
 * @param {import("./database.mjs").Database} database
 * @param {string} secretSetting
 * @param {string} userId
 * @param {string} digits
 */
export async function plantCode(database, secretSetting, userId, digits) {
  const requestId = newNonce();
  const token = mintToken(secretSetting, { expiresAt: unixNow() + 1800 });
  const hash = tokenHash(token);
  await database.run(plantedLinks(`SELECT '\\x${hash}'::bytea AS hash, id AS owner FROM users WHERE id::text = ${literal(userId)}`));
  await database.run(`UPDATE reset_requests SET request_id = '${requestId}', code_print = '\\x${printOf(secretSetting, requestId, digits)}',
    code_token = '\\x${hash}' WHERE request_id = '${hash}'`);
  return { requestId, token, code: digits };
}

/** @param {import("./database.mjs").Database} database @param {string} requestId @returns {Promise<number>} the wrong codes that were counted */
export const missesOf = async (database, requestId) =>
  (await database.row(`SELECT cardinality(code_misses) AS misses FROM reset_requests WHERE request_id = '${requestId}'`)).misses;
