// The phrases for scripts, in the page's language: `page.say.*`, which layout.html passes in <template id="phrases">.

/**
 * In: a phrase's key without `page.say.`, and the values of its {{names}}.
 * Throws: Error for a key that does not exist.
 * @param {string} key
 * @param {Record<string, string>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const holder = /** @type {HTMLTemplateElement} */ (document.getElementById("phrases"));
  const phrase = holder.content.querySelector(`[data-phrase="${key}"]`);
  if (!phrase) throw new Error(`no phrase ${key}`);
  return (phrase.textContent ?? "").replace(/\{\{(\w+)\}\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * A time from now, in the page's language: "in 40 seconds", "in 3 minutes". Rounded up.
 * @param {number} seconds
 */
export function sayWhen(seconds) {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang);
  if (seconds < 90) return format.format(Math.max(1, Math.ceil(seconds)), "second");
  if (seconds < 5400) return format.format(Math.ceil(seconds / 60), "minute");
  return format.format(Math.ceil(seconds / 3600), "hour");
}
