// The A-label form (RFC 5890) of an address's domain, by the platform's URL parser: bücher.example -> xn--bcher-kva.example.
// Only for the page's own verdicts: the text is sent as typed, and the edge converts it by the same rule.

/**
 * Returns: the address to judge; unchanged if its domain has no A-label form label by label: the grammar then refuses it.
 * @param {string} address
 * @returns {string}
 */
export function asciiAddress(address) {
  const at = address.lastIndexOf("@") + 1;
  const domain = address.slice(at);
  if (isAscii(domain)) return address;
  const converted = convert(domain);
  return isHonest(domain, converted) ? address.slice(0, at) + converted : address;
}

/** @param {string} text */
const isAscii = (text) => !/[^\0-\x7f]/.test(text);

/** @param {string} domain */
function convert(domain) {
  if (/[\0-,/:-@[-`{-\x7f]/.test(domain)) return ""; // the parser would read more than a host
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return ""; // not a domain name
  }
}

// The parser also maps full-width letters and other dots to ASCII. A label without xn-- must have been typed as it is.
/** @param {string} typed @param {string} converted */
function isHonest(typed, converted) {
  const to = converted.split(".");
  const from = typed.split(".");
  const same = (/** @type {string} */ label, /** @type {number} */ i) =>
    isAscii(label) ? label.toLowerCase() === to[i] : to[i].startsWith("xn--");
  return from.length === to.length && from.every(same);
}
