// Prepared documents: pages and the OpenAPI document, with the settings' texts filled in. `{{name}}` becomes the text;
// `{{#name}}...{{/name}}` stays where the text is not empty, `{{^name}}...{{/name}}` where it is. A name without a text stays as it is,
// for the page's scripts. No text is read again, so none can hold a placeholder.

const PART = /\{\{([#^])(\w+)\}\}([^]*?)\{\{\/\2\}\}|\{\{(\w+)\}\}/g;

/** @param {string} document @param {ReadonlyMap<string, string>} fills @returns {string} */
export function fillDocument(document, fills) {
  return document.replace(PART, (whole, kind, section, content, name) => {
    if (!kind) return fills.get(name) ?? whole;
    return Boolean(fills.get(section)) === (kind === "#") ? fillDocument(content, fills) : "";
  });
}
