// Carries one request through the module: hands it the request, performs each of its actions and hands back the outcome with the time,
// until the module answers. `rules.step` calls rekey_step of edge/exports.h, which explains transcripts, tags and actions. Holds no rule
// of the product. The caller, worker.js or a test, hands in limiters, pages and log.
import { TooLarge, TooLate, readAll, within } from "./bounded.js";
import { ACTION, BODY_FAULT, Message, REPLY_FAULT, TAG } from "./message.js";
import { respond } from "./answer.js";
import { errorName } from "./log.js";
import { inLanguage } from "./texts.js";

/**
 * @typedef {{pages: Record<string, string>, openapi: string, password_policy: string, apple_app_site_association: string, assetlinks: string, texts?: import("./texts.js").Texts}} Site
 * @typedef {{take(question: Uint8Array): Uint8Array | PromiseLike<Uint8Array>}} LimiterStub
 * @typedef {{
 *   rules: import("./rules.js").Rules, site: Site, asset: (path: string) => Promise<Response>, limiter: (name: string) => LimiterStub,
 *   fills?: ReadonlyMap<string, string>, standIn: (question: Uint8Array) => Uint8Array, log: (line: Record<string, unknown>) => void, meter: import("./meter.js").RequestMeter,
 * }} World standIn counts where a limiter fails; fills are the texts of this answer alone
 */

/** @param {Set<string>} wantedHeaders @param {Request} request @param {Uint8Array} random */
function beginTranscript(wantedHeaders, request, random) {
  const { country, continent } = /** @type {{cf?: {country?: string, continent?: string}}} */ (request).cf ?? {};
  const transcript = new Message()
    .text(TAG.method, request.method)
    .text(TAG.url, request.url)
    .number(TAG.now, Date.now())
    .bytes(TAG.random, random);
  if (country) transcript.text(TAG.country, country);
  if (continent) transcript.text(TAG.continent, continent);
  let [count, size] = [0, 0];
  for (const [name, value] of request.headers) {
    count += 1;
    size += name.length + value.length;
    if (wantedHeaders.has(name)) transcript.text(TAG.headerName, name).text(TAG.headerValue, value);
  }
  return transcript.number(TAG.headerCount, count).number(TAG.headerSize, size);
}

/** @param {unknown} error */
function faultOf(error) {
  if (error instanceof TooLarge) return "tooLarge";
  return error instanceof TooLate ? "late" : "broken";
}

/** @typedef {import("./message.js").Fields} Fields */

/** @param {Request} request @param {Message} transcript @param {Fields} action */
async function readBody(request, transcript, action) {
  try {
    transcript.bytes(TAG.body, await within(readAll(request, action.number(TAG.byteLimit)), action.number(TAG.deadline)));
  } catch (error) {
    transcript.number(TAG.bodyFault, BODY_FAULT[faultOf(error)]);
  }
}

/** @param {Message} transcript @param {Fields} action */
function convertDomain(transcript, action) {
  const url = URL.parse(`https://${action.text(TAG.domain)}/`);
  transcript.text(TAG.asciiDomain, url && url.pathname === "/" && !url.port && !url.username ? url.hostname : "");
}

/** @param {World} world @param {Message} transcript @param {Fields} action */
async function askLimiter(world, transcript, action) {
  const question = action.bytes(TAG.question).slice();
  try {
    const verdicts = world.limiter(action.text(TAG.limiter)).take(question);
    transcript.bytes(TAG.verdict, verdicts instanceof Uint8Array ? verdicts : await within(verdicts, action.number(TAG.deadline)));
  } catch (error) {
    world.log({ event: "limiter.failed", request_id: action.text(TAG.requestId), error: errorName(error) });
    world.meter.limiterFailed(error);
    transcript.bytes(TAG.verdict, world.standIn(question));
  }
}

/** An error page of a proxy may be of any size: its status tells enough. @param {Response} response @param {number} limit */
async function replyBody(response, limit) {
  try {
    return await readAll(response, limit);
  } catch (error) {
    if (error instanceof TooLarge && response.status !== 200) return new Uint8Array();
    throw error;
  }
}

/** @param {Fields} action @param {AbortSignal} signal */
async function postToOrigin(action, signal) {
  const response = await fetch(action.text(TAG.url), {
    method: "POST",
    headers: action.headers(),
    body: action.bytes(TAG.body),
    redirect: "manual",
    signal,
  });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after") ?? "",
    body: await replyBody(response, action.number(TAG.byteLimit)),
  };
}

/** @param {World} world @param {Message} transcript @param {Fields} action @returns {Promise<string>} host and port of the origin */
async function callOrigin(world, transcript, action) {
  const origin = world.rules.originOf(action);
  transcript.number(TAG.replyOrigin, action.number(TAG.replyOrigin));
  const call = new AbortController();
  const began = Date.now();
  try {
    const { status, retryAfter, body } = await within(postToOrigin(action, call.signal), action.number(TAG.deadline));
    world.meter.originCalled(origin, status, began);
    transcript.number(TAG.replyStatus, status).text(TAG.replyRetryAfter, retryAfter).bytes(TAG.replyBody, body);
  } catch (error) {
    call.abort();
    world.meter.originCalled(origin, error, began);
    world.log({ event: "origin.failed", request_id: action.text(TAG.requestId), origin, error: errorName(error) });
    transcript.number(TAG.replyFault, REPLY_FAULT[faultOf(error)]);
  }
  return origin;
}

/** @template T @param {T | undefined} found @param {string} key */
function present(found, key) {
  if (found === undefined) throw new Error(`the site lacks ${key}`);
  return found;
}

/** @param {World} world @param {Fields} action @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function documentBody(world, action) {
  const key = action.text(TAG.document);
  if (key === "metrics") return new TextEncoder().encode(world.meter.metricsText());
  if (key.startsWith("/")) return assetBody(await world.asset(key), key);
  const { openapi, password_policy, apple_app_site_association, assetlinks, pages } = world.site;
  /** @type {Record<string, string>} */
  const documents = { openapi, "password-policy": password_policy, "apple-app-site-association": apple_app_site_association, assetlinks };
  const document = present(documents[key] ?? pages[key], key);
  return world.fills ? world.rules.filledOnce(document, world.fills) : world.rules.filled(key, document);
}

/** @param {Response} response @param {string} path */
async function assetBody(response, path) {
  return new Uint8Array(await present(response.ok ? response : undefined, path).arrayBuffer());
}

/** @param {World} world @param {Fields} action @param {{origin?: string}} called the origin that was called last, if any */
function logEvents(world, action, called) {
  for (const event of action.texts(TAG.event)) {
    world.log({ event, status: action.number(TAG.status), request_id: action.text(TAG.requestId), ...called });
  }
}

/** @param {World} world @param {Request} request @param {Uint8Array} random drawn for this request @returns {Promise<Response>} */
export async function exchange(world, request, random) {
  const transcript = beginTranscript(world.rules.wantedHeaders, request, random);
  const respondWith = (/** @type {Fields} */ action, /** @type {Uint8Array<ArrayBuffer>} */ body) => {
    const response = respond(request.method, action.number(TAG.status), world.rules.headersOf(action), body);
    world.meter.answered(action.number(TAG.tally), response.status);
    return response;
  };
  let called = {};
  for (;;) {
    const action = world.rules.step(transcript);
    switch (action.number(TAG.action)) {
      case ACTION.answer:
        logEvents(world, action, called);
        return respondWith(action, inLanguage(action.bytes(TAG.body), action.text(TAG.language), world.site.texts));
      case ACTION.document:
        return respondWith(action, await documentBody(world, action));
      case ACTION.readBody:
        await readBody(request, transcript, action);
        break;
      case ACTION.convertDomain:
        convertDomain(transcript, action);
        break;
      case ACTION.askLimiter:
        await askLimiter(world, transcript, action);
        break;
      case ACTION.callOrigin:
        logEvents(world, action, called);
        called = { origin: await callOrigin(world, transcript, action) };
        break;
      default:
        throw new Error("the module asks for an unknown action");
    }
    transcript.number(TAG.now, Date.now());
  }
}
