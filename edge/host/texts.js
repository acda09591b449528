// The texts of an answer, for people: `title`, `detail` and `message`. The module has chosen the reader's language and writes English; the
// site has the sentences of the other languages by the English ones. What programs read, `type` and `reason`, stays as it is.

/** By language, then by the module's own sentence: those that differ, so usually none of English. @typedef {Record<string, Record<string, string>>} Texts */

const FOR_PEOPLE = new Set(["title", "detail", "message"]);

/**
 * @param {Uint8Array<ArrayBuffer>} body of the module
 * @param {string} language "" for a body without such texts
 * @param {Texts | undefined} texts undefined for a site that an older program wrote
 */
export function inLanguage(body, language, texts) {
  const sentences = texts?.[language];
  if (!sentences || Object.keys(sentences).length === 0 || body.length === 0) return body;
  const worded = JSON.parse(new TextDecoder().decode(body), (name, value) =>
    FOR_PEOPLE.has(name) && Object.hasOwn(sentences, value) ? sentences[value] : value);
  return new TextEncoder().encode(JSON.stringify(worded));
}

/** @param {string} language @returns {[string, string][]} */
export function languageHeaders(language) {
  return language ? [["content-language", language], ["vary", "Accept-Language"]] : [];
}
