// The plain Worker's check of a reset token, by WebCrypto: the format is DESIGN.md, "The token".

const TOKEN = /^[A-Za-z0-9_-]{72}$/;
const VERSION = 1;
const EXPIRY_AT = 2;
const TAG_AT = 38;
const TAG_SIZE = 16;
const PURPOSE = new TextEncoder().encode("rekey reset v1\0");

/** @param {string} text base64url */
function bytesFrom(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

/** @type {Map<number, Promise<CryptoKey>> | undefined} */
let keys;

/** @param {string} setting `id:base64url,...` */
function importKeys(setting) {
  return new Map(setting.split(",").map((one) => {
    const [id, key] = one.split(":");
    return [Number(id), crypto.subtle.importKey("raw", bytesFrom(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])];
  }));
}

/** @param {Uint8Array} a @param {Uint8Array} b of the same length */
function isSame(a, b) {
  let difference = 0;
  for (let i = 0; i < a.length; ++i) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** @param {Uint8Array} token @param {CryptoKey} key */
async function tagOf(token, key) {
  const signed = new Uint8Array(PURPOSE.length + TAG_AT);
  signed.set(PURPOSE);
  signed.set(token.subarray(0, TAG_AT), PURPOSE.length);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, signed), 0, TAG_SIZE);
}

/** @param {string} text @param {string} setting RESET_PASSWORD_TOKEN_SECRET @returns {Promise<string>} the event of a refusal, "" for a good token */
export async function tokenFault(text, setting) {
  if (!TOKEN.test(text)) return "token.refused";
  const token = bytesFrom(text);
  if (token[0] !== VERSION) return "token.refused";
  keys ??= importKeys(setting);
  const key = await keys.get(token[1]);
  if (!key || !isSame(await tagOf(token, key), token.subarray(TAG_AT))) return "token.forged";
  const expiry = new DataView(token.buffer).getUint32(EXPIRY_AT);
  return Date.now() / 1000 < expiry ? "" : "token.expired";
}
