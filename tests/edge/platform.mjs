// Lets Node load edge/host/worker.js: replaces the Workers platform and the bundler. Import it before the Worker.
import { registerHooks } from "node:module";

const DURABLE_OBJECT = "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }";
const SITE = `import { site } from ${JSON.stringify(import.meta.resolve("./node_edge.mjs"))};
export const loadSite = async () => site;
export { otherSiteLine } from ${JSON.stringify(import.meta.resolve("../../edge/host/site.js"))};`;
const MODULE = `export { module as default } from ${JSON.stringify(import.meta.resolve("./node_edge.mjs"))};`;

/** @param {string} specifier @returns {string | undefined} */
function replacement(specifier) {
  if (specifier === "cloudflare:workers") return DURABLE_OBJECT;
  if (specifier.endsWith("/rekey.wasm")) return MODULE;
  return specifier === "./site.js" ? SITE : undefined;
}

registerHooks({
  resolve(specifier, context, next) {
    const source = replacement(specifier);
    if (source === undefined) return next(specifier, context);
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, format: "module", shortCircuit: true };
  },
});
