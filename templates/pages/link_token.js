// The token of a link from a mail: #token=... in the fragment, which the browser sends to no server. It leaves the address bar, and
// with it the history, at once, and lives in the page's memory alone. Nothing is spent by taking it.
import { rulesLoaded } from "./typed_rules.js";

const kPatience = 10_000; // milliseconds that the form waits for the service's time

/** @returns {string} the token, "" where there is none */
export function takeLinkToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname);
  // Another link, opened in this very tab, changes the fragment alone: begin anew with it.
  addEventListener("hashchange", () => location.reload());
  return token;
}

/** `missing`: a page that was loaded anew has none, however good the link is. @typedef {"good" | "missing" | "malformed" | "expired"} StateOfLink */

/**
 * Judges a token without the service: whether it is whole and its time is not over.
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

// A device whose clock is wrong must not lock its owner out: before a link is called late the service's clock is asked. Where that does
// not show, no time has passed yet, and the service judges when the form is sent.
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
