// The A-label form (RFC 5890) of an address's domain, by the platform's URL parser: bücher.example -> xn--bcher-kva.example.
// For the page's own verdicts alone: the text is sent as typed, and the edge converts it by the same rule.

/**
 * Returns: the address to be judged; unchanged where its domain has no honest A-label form, and the grammar will refuse it.
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
  if (/[\0-,/:-@[-`{-\x7f]/.test(domain)) return ""; // more than a host to the parser
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return ""; // no domain name at all
  }
}

// The parser also maps full-width letters and other dots to plain ones. A label that is plain afterwards must have been plain before.
/** @param {string} typed @param {string} converted */
function isHonest(typed, converted) {
  const to = converted.split(".");
  const from = typed.split(".");
  const same = (/** @type {string} */ label, /** @type {number} */ i) =>
    isAscii(label) ? label.toLowerCase() === to[i] : to[i].startsWith("xn--");
  return from.length === to.length && from.every(same);
}
