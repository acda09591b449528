// The token of a mail's link: #token=... in the fragment, which the browser sends to no server. It is removed from the address bar
// and the history at once, and stays only in the page's memory. Taking it does not use it up.
import { rulesLoaded } from "./typed_rules.js";

const kPatience = 10_000; // milliseconds to wait for the service's time

/** @returns {string} the token, "" for none */
export function takeLinkToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname);
  // Another link opened in this tab changes only the fragment: reload with it.
  addEventListener("hashchange", () => location.reload());
  return token;
}

/** `missing`: a reloaded page has no token, even if the link is good. @typedef {"good" | "missing" | "malformed" | "expired"} StateOfLink */

/**
 * Judges a token without the service: whether it is complete and not expired.
 * @param {string} token
 * @returns {Promise<StateOfLink>}
 */
export async function stateOfLink(token) {
  if (!token) return "missing";
  const verdicts = await rulesLoaded;
  if (!verdicts) return "good";
  const state = verdicts.stateOfToken(token, seconds(Date.now()));
  return state === "expired" ? verdicts.stateOfToken(token, seconds(await serviceTime())) : state;
}

/** @param {number} milliseconds */
const seconds = (milliseconds) => Math.floor(milliseconds / 1000);

// A wrong device clock must not lock the owner out: before calling a link expired the page asks for the service's time. Without an
// answer it counts the link as not expired, and the service judges when the form is sent.
const kTooEarlyToTell = 0;

async function serviceTime() {
  try {
    const response = await fetch(location.pathname, { method: "HEAD", signal: AbortSignal.timeout(kPatience) });
    return Date.parse(response.headers.get("Date") ?? "") || kTooEarlyToTell;
  } catch (error) {
    console.warn("no time from the service", /** @type {Error} */ (error).name);
    return kTooEarlyToTell;
  }
}
