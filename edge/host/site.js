// The pages, the prepared documents and the names of the assets: site.json, which `rekey-origin site` writes beside the assets. The Worker
// reads it once. The pages are data, not a module, so that an operator's brand needs no bundler.

/**
 * @typedef {{
 *   product_name?: string, languages: string[], pages: Record<string, string>, assets: Record<string, {type: string}>, openapi: string,
 *   password_policy: string, apple_app_site_association: string, assetlinks: string,
 * }} Site product_name: of a brand
 */

/** @param {(path: string) => Promise<Response>} asset @returns {Promise<Site>} */
export async function loadSite(asset) {
  const response = await asset("/site.json");
  if (!response.ok) throw new Error("there is no site.json");
  return response.json();
}
