// What rings each alert, on a running installation. alerts.test.mjs begins each cause, waits for its alert, and ends it again.
// Where hours would have to pass, the cause sets a row's time back.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { storageBelow } from "../edge/limiter_storage.mjs";
import { randomKey } from "../rig/rig.mjs";
import { literal } from "../system/database.mjs";
import { keepBusy, until } from "../system/polling.mjs";
import { mintToken } from "../system/token.mjs";
import { canMount } from "./world.mjs";

/**
 * @typedef {import("./world.mjs").WatchedWorld} World
 * @typedef {() => unknown} End
 *
 * @typedef {object} Cause
 * @property {string} alert
 * @property {string} what
 * @property {string[]} [also] alerts that may ring, too
 * @property {(world: World) => Promise<End>} begin
 */

const nothing = () => {};
const ALL_FAIL = ["RekeyAnswersFail", "RekeyAnswersSlow", "RekeyOriginFails", "RekeyOverloaded"];

/** @param {World} world */
async function patientOf(world) {
  const index = await world.patient();
  return { service: world.rig.origins[index], place: world.places[index], link: world.links[index] };
}

/** @param {import("../rig/service.mjs").Service} service @param {NodeJS.Signals} [signal] */
async function restart(service, signal) {
  await service.end(signal);
  await service.start();
}

/** Of a part that may have been started just now. @param {World} world @param {string} query */
async function sampleOf(world, query) {
  return until(`Prometheus has ${query}`, async () => (await world.prometheus.query(query))[0], { every: 250 });
}

/** As Prometheus read it last. @param {World} world @param {import("../rig/service.mjs").Service} service @returns {Promise<string>} */
async function startOf(world, service) {
  const [sample] = await world.prometheus.query(`process_start_time_seconds{instance="${new URL(service.healthUrl).host}"}`);
  return sample?.value[1];
}

/** @param {World} world @param {Record<string, string>} settings of the edge from now on */
async function restartEdge(world, settings) {
  world.rig.edgeSettings = { ...world.rig.edgeSettings, ...settings };
  await restart(world.edge);
}

/** @param {number[]} processes @param {NodeJS.Signals} signal */
function signalAll(processes, signal) {
  for (const pid of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has just ended
    }
  }
}

/** The origin forbids others to look at it: only root may change its limits. @param {string[]} words */
function prlimit(...words) {
  const command = process.getuid?.() === 0 ? ["prlimit", ...words] : ["sudo", "-n", "prlimit", ...words];
  return execFileSync(command[0], command.slice(1), { encoding: "utf8" }).trim();
}

/** @type {Cause[]} */
export const CAUSES = [
  {
    alert: "RekeyDown",
    what: "an origin is killed",
    also: ["RekeyOriginFails", "RekeyAnswersFail"],
    begin: async (world) => {
      const { service } = await patientOf(world);
      await service.end("SIGKILL");
      return () => service.start();
    },
  },
  {
    alert: "RekeyRelayAway",
    what: "the first relay's port is closed, and the second one takes the mails",
    also: ["RekeyAlarm"],
    begin: async ({ relay }) => {
      await relay.close();
      return () => relay.open();
    },
  },
  {
    alert: "RekeyTokenKeyLeaked",
    what: "somebody has the key and makes a link",
    begin: async ({ rig, clients }) => {
      await clients.reset(mintToken(rig.settings.RESET_PASSWORD_TOKEN_SECRET), "a password of my own");
      return nothing;
    },
  },
  {
    alert: "RekeyDatabaseDown",
    what: "PostgreSQL stops without a word",
    also: ALL_FAIL,
    begin: async (world) => {
      const processes = world.databaseProcesses();
      signalAll(processes, "SIGSTOP");
      return () => signalAll(processes, "SIGCONT");
    },
  },
  {
    alert: "RekeyNoRelay",
    what: "both relays' ports are closed",
    also: ["RekeyRelayAway", "RekeyAlarm"],
    begin: async ({ relay, fallback }) => {
      await Promise.all([relay.close(), fallback.close()]);
      return () => Promise.all([relay.open(), fallback.open()]);
    },
  },
  {
    alert: "RekeyKeysDiffer",
    what: "the edge is started with another RESET_PASSWORD_TOKEN_SECRET",
    also: ["RekeyAnswersFail", "RekeyGuessing"],
    begin: async (world) => {
      const { RESET_PASSWORD_TOKEN_SECRET } = world.rig.edgeSettings;
      await restartEdge(world, { RESET_PASSWORD_TOKEN_SECRET: `1:${randomKey()}` });
      return () => restartEdge(world, { RESET_PASSWORD_TOKEN_SECRET });
    },
  },
  {
    alert: "RekeyAnswersFail",
    what: "a table of the database is locked",
    also: ALL_FAIL,
    begin: async ({ rig }) => {
      const session = await rig.database.hold("LOCK TABLE rekey.sessions IN ACCESS EXCLUSIVE MODE");
      return () => session.close();
    },
  },
  {
    alert: "RekeyMailWaits",
    what: "a transaction holds an account",
    begin: async ({ rig, clients }) => {
      const { email, id } = await clients.register();
      const session = await rig.database.hold(`SELECT FROM rekey.users WHERE id = ${literal(id)} FOR UPDATE`);
      await clients.forgot(email);
      await rig.database.run(`UPDATE rekey.reset_requests SET waiting_since = now() - interval '11 minutes' WHERE email = ${literal(email)}`);
      return () => session.close();
    },
  },
  {
    alert: "RekeyNoMailTaken",
    what: "the relays put every mail off",
    also: ["RekeyRelayAway", "RekeyNoRelay", "RekeyAlarm"],
    begin: async ({ relay, fallback, clients }) => {
      const usual = [relay.judge, fallback.judge];
      relay.judge = fallback.judge = () => "451 4.7.1 over quota, try again later";
      for (let i = 0; i < 6; ++i) await clients.forgot((await clients.register()).email);
      return () => ([relay.judge, fallback.judge] = usual);
    },
  },
  {
    alert: "RekeyMailBudgetUsedUp",
    what: "MAIL_LIMIT_TOTAL mails have been sent within the hour",
    begin: async ({ rig }) => {
      const planted = rig.settings.MAIL_LIMIT_TOTAL;
      await rig.database.run(`INSERT INTO mail_minutes VALUES (date_trunc('minute', now()) - interval '30 minutes', ${planted})`);
      return () => rig.database.run(`DELETE FROM mail_minutes WHERE mails = ${planted}`);
    },
  },
  {
    alert: "RekeyCodesGuessed",
    what: "as many wrong codes were typed as a day may have",
    begin: async ({ rig, clients }) => {
      await rig.database.run("INSERT INTO code_hours (hour, missed) VALUES (date_trunc('hour', now()) - interval '1 hour', 100000)");
      const { json } = await clients.forgot(clients.unknownEmail());
      await clients.checkCode(json.recovery_id, "1234 5678");
      return () => rig.database.run("DELETE FROM code_hours WHERE missed = 100000");
    },
  },
  {
    alert: "RekeyLimiterFails",
    what: "the limiter's database is damaged",
    also: ["RekeyAnswersFail", "RekeyAlarm"],
    begin: async ({ edge }) => {
      await edge.end();
      for (const { path } of storageBelow(edge.limitsFolder)) writeFileSync(path, "not a database at all");
      await edge.start();
      return async () => {
        await edge.end();
        for (const entry of readdirSync(edge.limitsFolder)) rmSync(join(edge.limitsFolder, entry), { recursive: true });
        await edge.start();
      };
    },
  },
  {
    alert: "RekeyMailsUndelivered",
    what: "the relay refuses a dozen addresses",
    begin: async ({ relay, fallback, clients }) => {
      relay.judge = fallback.judge = (to) => (to.startsWith("refused") ? "550 5.1.1 no such mail box" : "250 2.0.0 taken");
      for (let i = 0; i < 12; ++i) await clients.forgot((await clients.register("refused")).email);
      return nothing;
    },
  },
  {
    alert: "RekeyAnswersSlow",
    what: "the way between edge and origins takes a second",
    also: ["RekeyOriginFails", "RekeyAnswersFail"],
    begin: async ({ links }) => {
      for (const link of links) link.become("delay", 1100);
      return () => links.forEach((link) => link.become("open"));
    },
  },
  {
    alert: "RekeyOverloaded",
    what: "more log-ins come than can be hashed",
    also: ALL_FAIL,
    begin: async ({ clients }) => {
      let stopped = false;
      const flood = keepBusy(180, () => stopped, () => clients.logIn(clients.unknownEmail(), "a wrong one"));
      return () => {
        stopped = true;
        return flood;
      };
    },
  },
  {
    alert: "RekeyOriginFails",
    what: "the edge reaches an origin no more, which Prometheus still does",
    also: ["RekeyAnswersFail"],
    begin: async (world) => {
      const { link } = await patientOf(world);
      link.become("cut");
      return () => link.become("open");
    },
  },
  {
    alert: "RekeyClocksDiffer",
    what: "an origin's clock is 20 s ahead",
    begin: async (world) => {
      const { clock } = (await patientOf(world)).place;
      clock.step(20);
      return () => clock.step(0);
    },
  },
  {
    alert: "RekeyGuessing",
    what: "sixty clients try a password for one account",
    begin: async ({ clients }) => {
      const { email } = await clients.register();
      let tried = 0;
      await keepBusy(3, () => tried >= 60, () => (++tried, clients.logIn(email, "a wrong one")));
      return nothing;
    },
  },
  {
    alert: "RekeyAlarm",
    what: "the log's disk is full",
    begin: async (world) => {
      const { place, service } = await patientOf(world);
      place.logTo("/dev/full");
      service.signal("SIGHUP");
      return () => {
        place.logTo();
        service.signal("SIGHUP");
      };
    },
  },
  {
    alert: "RekeyRestarting",
    what: "an origin is started three times",
    also: ["RekeyOriginFails", "RekeyAnswersFail"],
    begin: async (world) => {
      const { service } = await patientOf(world);
      for (let i = 0; i < 3; ++i) {
        const began = await startOf(world, service);
        await restart(service);
        await until("Prometheus has seen the start", async () => (await startOf(world, service)) !== began);
      }
      return nothing;
    },
  },
  {
    alert: "RekeyResourcesLow",
    what: "an origin may open hardly more files than it has open",
    also: [...ALL_FAIL, "RekeyNoRelay", "RekeyRelayAway", "RekeyDatabaseDown", "RekeyAlarm"], // without a descriptor it connects to nobody
    begin: async (world) => {
      const { service } = await patientOf(world);
      const pid = `--pid=${service.programPid()}`;
      const limit = prlimit(pid, "--nofile", "--noheadings", "--raw", "--output=SOFT");
      const { value } = await sampleOf(world, `process_open_fds{instance="${new URL(service.healthUrl).host}"}`);
      prlimit(pid, `--nofile=${Math.ceil(Number(value[1]) / 0.88)}:`);
      return () => prlimit(pid, `--nofile=${limit}:`);
    },
  },
  {
    alert: "RekeyGuessing",
    what: "forged links arrive by the dozen",
    begin: async ({ clients }) => {
      const forged = Array.from({ length: 150 }, () => mintToken(`1:${randomKey()}`));
      await Promise.all(forged.map((token) => clients.reset(token, "a password of my own")));
      return nothing;
    },
  },
  {
    alert: "RekeyPruneOverdue",
    what: "the database refuses to delete old requests",
    begin: async ({ rig: { database } }) => {
      await database.run(`
        CREATE FUNCTION refuse_to_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON reset_requests FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_delete();
        UPDATE rekey.reset_requests SET ended_at = now() - interval '27 hours'
        WHERE id = (SELECT min(id) FROM rekey.reset_requests WHERE ended_at IS NOT NULL)`);
      return () => database.run(`
        DROP FUNCTION refuse_to_delete CASCADE;
        DELETE FROM rekey.reset_requests WHERE ended_at < now() - interval '1 day'`);
    },
  },
  {
    alert: "RekeyWebhooksWait",
    what: "a receiver has not taken a webhook for a quarter of an hour",
    begin: async ({ rig: { database } }) => {
      await database.run(`
        INSERT INTO rekey.webhook_urls (url, events, held_until) VALUES ('https://fails.example/', '{}', now() + interval '1 day');
        INSERT INTO rekey.webhook_messages (url, message_id, type, account, data, happened_at, waiting_since)
        SELECT id, 'msg_1', 'password.changed', '1', '{}', now(), now() - interval '16 minutes' FROM rekey.webhook_urls`);
      return () => database.run("DELETE FROM rekey.webhook_messages; DELETE FROM rekey.webhook_urls");
    },
  },
  {
    alert: "RekeyWebhooksLost",
    what: "a receiver has answered 410",
    begin: async ({ rig: { database } }) => {
      await database.run("INSERT INTO rekey.webhook_urls (url, events, state) VALUES ('https://gone.example/', '{}', 'gone')");
      return () => database.run("DELETE FROM rekey.webhook_urls");
    },
  },
  {
    alert: "RekeyDown",
    what: "the edge is killed",
    begin: async ({ edge }) => {
      await edge.end("SIGKILL");
      return () => edge.start();
    },
  },
  {
    alert: "RekeyAlarm",
    what: "LOG_FILE cannot be opened again",
    begin: async (world) => {
      const { place, service } = await patientOf(world);
      place.logTo(place.folder);
      service.signal("SIGHUP");
      return () => {
        place.logTo();
        service.signal("SIGHUP");
      };
    },
  },
  {
    alert: "RekeyVersionsMixed",
    what: "an edge is of another version",
    begin: async (world) => {
      const usual = world.bundle;
      const { metric } = await sampleOf(world, "rekey_edge_build_info");
      world.bundle = world.bundleOfVersion(metric.version);
      await restart(world.edge);
      return () => {
        world.bundle = usual;
        return restart(world.edge);
      };
    },
  },
];

if (canMount()) {
  CAUSES.push({
    alert: "RekeyResourcesLow",
    what: "an origin has less memory than it holds",
    begin: async (world) => {
      const { place, service } = await patientOf(world);
      place.limitMemory(service.figures().rssKiB * 512);
      return () => place.limitMemory("max");
    },
  });
}
