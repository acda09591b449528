// The pages, the prepared documents and the names of the assets: site.json, which `rekey-origin site` writes beside the assets. The Worker
// reads it once. The pages are data, not a module, so that an operator's brand needs no bundler.

/**
 * @typedef {{
 *   version?: string, product_name?: string, languages: string[], pages: Record<string, string>, assets: Record<string, {type: string}>, openapi: string,
 *   password_policy: string, apple_app_site_association: string, assetlinks: string, texts?: import("./texts.js").Texts,
 * }} Site version: of the program that wrote it; product_name: of a brand; texts: of the API's answers
 */

/**
 * A folder in SITE_DIR stays as it is when the Worker beside it is upgraded.
 * @param {Site} site @param {string} version of the Worker @returns {Record<string, unknown> | undefined} a line for the log if they differ
 */
export function otherSiteLine(site, version) {
  if (site.version === version) return undefined;
  return { event: "alarm.other_site", site_version: site.version ?? "unknown", edge_version: version };
}

/** @param {(path: string) => Promise<Response>} asset @returns {Promise<Site>} */
export async function loadSite(asset) {
  const response = await asset("/site.json");
  if (!response.ok) throw new Error("there is no site.json");
  return response.json();
}
