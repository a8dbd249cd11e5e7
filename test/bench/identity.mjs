// npm run bench -- identity [lookups | growth | journeys | stuck | rotation | hour]: what each journey of the identity service costs,
// how lookups grow with the database, and whether anything that is stuck is felt by who reads.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { commits, mails, selects } from "./alone.mjs";
import { accessToken, fillAssociations, fillInvites, lookups } from "./associations.mjs";
import { figures, heading, measure, measured, median, rounds, turns, warmUp } from "./compare.mjs";
import { hour, sessionsOfAnHour } from "./hour.mjs";
import { tool } from "./load.mjs";
import { start } from "./processes.mjs";
import { addressOf, clientSecret, fill, sidOf, token } from "./sessions.mjs";

const v2 = "/_matrix/identity/v2";
const headers = { authorization: `Bearer ${accessToken}` };
const sizes = [1_000, 100_000, 1_000_000];
const lengths = [1, 10, 100, 1_000];
const sessionCount = 12_000;
/** Sessions of the rows that use them up, and those that are bound while a homeserver hangs. */
const sessions = sessionCount + warmUp + 10;
const spareSessions = 1_000;
const perRound = sessionCount / rounds;

const counter = (first = 0) => {
  let number = first;
  return () => number++;
};
const spent = { submit: counter(), bind: counter(), request: counter() };

const lookupRow = (associations, length, budget = "") => ({
  name: `lookup ${length.toLocaleString("en")}`,
  method: "POST",
  path: `${v2}/lookup`,
  headers,
  bodies: lookups(associations, length, Math.max(20, Math.min(20_000, 100_000 / length))),
  budget,
});

const bindBody = (number) =>
  JSON.stringify({ sid: sidOf(number), client_secret: clientSecret, mxid: "@caller:example.org" });

const requestBody = () => {
  const number = spent.request();
  return JSON.stringify({ client_secret: `secret${number}`, email: `new${number}@example.net`, send_attempt: 1 });
};

const reads = [
  { name: "ping", path: v2, budget: "0.7" },
  { name: "pubkey", path: `${v2}/pubkey/ed25519:0`, budget: "0.7" },
  { name: "hash_details", path: `${v2}/hash_details`, headers, budget: "0.7" },
  { name: "account", path: `${v2}/account`, headers, budget: "0.5" },
];

const writes = [
  {
    name: "submitToken",
    method: "POST",
    path: `${v2}/validate/email/submitToken`,
    headers,
    amount: perRound,
    next: () => JSON.stringify({ sid: sidOf(spent.submit()), client_secret: clientSecret, token }),
    budget: "5,000 req/s",
  },
  {
    name: "bind, an invite waits",
    method: "POST",
    path: `${v2}/3pid/bind`,
    headers,
    amount: perRound,
    next: () => bindBody(spent.bind()),
    budget: "1,500 req/s",
  },
  {
    name: "email requestToken",
    method: "POST",
    path: `${v2}/validate/email/requestToken`,
    headers,
    amount: 3_000,
    next: requestBody,
    budget: "800 req/s",
  },
];

/** Limits count, as they do elsewhere, and are so wide that none refuses. */
const counted = ["request_ip", "lookup_mxid", "lookup_homeserver", "send_mxid", "bind_mxid"];
const uncounted = ["send_ip", "send_address", "submit_address", "bind_ip"];

const configurationOf = (file, smtpPort, homeserverPort) => `
identity:
  server_name: id.example.org
  public_base_url: http://localhost
  listen: { port: 0 }
  database: ${file}
  homeservers: [{ name: example.org, base_url: "http://127.0.0.1:${homeserverPort}" }]
mail: { transport: smtp, host: 127.0.0.1, port: ${smtpPort}, tls: none, connections: 10 }
mailbox: { listen: { port: 0 } }
log: { level: silent }
limits:
${counted.map((it) => `  ${it}: 9999999/s`).join("\n")}
${uncounted.map((it) => `  ${it}: unlimited`).join("\n")}
`;

const configurationFile = (folder) => join(folder, "threepid.yaml");

/** Servers over the same folder, measured once they have done what they begin with. */
const runs =
  (folder) =>
  async (associations, { smtp, homeserver }, work) => {
    const configuration = configurationFile(folder);
    writeFileSync(configuration, configurationOf(fileOf(folder, associations), smtp, homeserver));
    const server = await start("threepid-server.mjs", [configuration]);
    try {
      await server.untilIdle();
      return await work(server);
    } finally {
      await server.stop();
    }
  };

const fileOf = (folder, associations) => join(folder, `${associations}.sqlite`);

/** The last one takes its time: it runs when it is asked for. */
const parts = { lookups: ratesAndCosts, journeys, stuck: steadiness };
const allParts = { ...parts, growth: costs, rotation: rotated, hour: throughout };

export async function benchIdentity(say, part) {
  const chosen = part === undefined ? Object.values(parts) : [allParts[part]];
  if (chosen.includes(undefined)) throw new Error(`there is no ${part}; there are ${Object.keys(allParts).join(", ")}`);
  const folder = mkdtempSync(join(tmpdir(), "threepid-bench-"));
  try {
    const run = runs(folder);
    const around = {
      smtp: (await start("sink.mjs")).line,
      homeserver: (await start("homeserver.mjs")).line,
      silent: (await start("silent.mjs")).line,
      hanging: (await start("homeserver.mjs", ["hangs"])).line,
    };
    say(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, 32 connections, ${tool}`);
    await buildAll(folder, say, part === "hour" ? sessionsOfAnHour : sessions + spareSessions);
    for (const one of chosen) await one({ folder, run, around, say });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function buildAll(folder, say, sessionsInAll) {
  for (const associations of sizes) {
    const begun = performance.now();
    await fillAssociations(fileOf(folder, associations), associations);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    say(`${associations.toLocaleString("en").padStart(9)} associations written in ${seconds} s`);
  }
  const [, middle] = sizes;
  await fill(fileOf(folder, middle), sessionsInAll);
  fillInvites(
    fileOf(folder, middle),
    Array.from({ length: sessionsInAll }, (_, it) => addressOf(it)),
  );
}

/** A budget that was set where the part alone did so many a second, for a machine of any speed. */
const part = (what, wanted, reference, rate, each = 1) => ({
  what,
  each,
  budget: ((wanted * each) / reference).toFixed(2),
  rate,
});

const addressesAlone = (folder, associations) =>
  part("point selects", 400, 380_000, () => selects(fileOf(folder, associations), associations), 1_000);

/** What each of the rows that write leans on. */
const aloneOf = (folder, { smtp }) => ({
  submitToken: part("commits", 5_000, 9_600, () => commits(folder)),
  "bind, an invite waits": part("commits", 1_500, 9_600, () => commits(folder)),
  "email requestToken": part("mails", 800, 2_900, () => mails(smtp)),
});

async function ratesAndCosts(around) {
  await rates(around);
  await costs(around);
}

/** Lookups beside the bare server, by the number of associations. */
async function rates({ folder, run, around, say }) {
  const budgets = { "100000 1": "0.35", "1000000 1000": "400 req/s", "100000 1000": "400 req/s" };
  for (const associations of sizes) {
    say("");
    say(`${associations.toLocaleString("en")} associations`);
    say(heading);
    await run(associations, around, async (server) => {
      for (const length of lengths) {
        const row = {
          ...lookupRow(associations, length, budgets[`${associations} ${length}`]),
          ...(length === 1_000 ? { alone: addressesAlone(folder, associations) } : {}),
        };
        say((await figures(row, server)).line);
      }
      say(`memory: ${server.megabytes()} MB, at most ${server.peakMegabytes()} MB`);
    });
  }
}

/** What a lookup costs the processor, among few and among many: all sizes in turns, so that all meet the same machine. */
async function costs({ run, around, say }) {
  const [least, ...more] = sizes;
  const runAll = (rest, servers, work) => {
    const [size, ...others] = rest;
    if (size === undefined) return work(servers);
    return run(size, around, (server) => runAll(others, [...servers, server], work));
  };
  say("");
  await runAll(sizes, [], async (servers) => {
    for (const length of lengths) {
      const sides = servers.map((server, i) => ({ server, row: lookupRow(sizes[i], length) }));
      const taken = [];
      for (let turn = 0; turn <= turns; turn++) {
        const costs = [];
        for (const { server, row } of sides) costs.push((await measured(server, row)).cpu);
        // The first one warms up.
        if (turn > 0) taken.push(costs);
      }
      const grown = more.map((_, i) => median(taken.map((costs) => costs[i + 1] / costs[0])).toFixed(2));
      const microseconds = sizes.map((_, i) => Math.round(median(taken.map((costs) => costs[i]))));
      say(
        `a lookup of ${length} costs the processor ${microseconds.join(" / ")} us among ${sizes.join(" / ")}; of one among ${least}: ${grown.join(" / ")}   budget 1.3`,
      );
    }
  });
}

async function journeys({ folder, run, around, say }) {
  const [, middle] = sizes;
  say("");
  say(heading);
  await run(middle, around, async (server) => {
    const alone = aloneOf(folder, around);
    for (const row of [...reads, ...writes]) {
      say((await figures({ ...row, alone: alone[row.name] }, server)).line);
    }
    const told = await (await fetch(`http://127.0.0.1:${around.homeserver}/told`)).text();
    say(`${told} onbinds reached the homeserver so far`);
    say(`memory: ${server.megabytes()} MB, at most ${server.peakMegabytes()} MB`);
  });
}

const turning = ({ bodies, ...row }) => {
  let number = 0;
  return { ...row, next: () => bodies[number++ % bodies.length] };
};

async function throughout({ run, around, say }) {
  const [, middle] = sizes;
  const looked = [1, 10, 100].map((length) => turning(lookupRow(middle, length)));
  await run(middle, around, (server) =>
    hour(server, say, { reads: [...reads, ...looked], writes, book: turning(lookupRow(middle, 1_000)) }),
  );
}

const watched = (associations) => [...reads.slice(1), lookupRow(associations, 10)];

const percentiles = (turns) => ({ p50: median(turns.map((it) => it.p50)), p99: median(turns.map((it) => it.p99)) });

/** The reads' medians and percentiles, over several turns. */
async function readFigures(base, rows) {
  const found = [];
  for (const row of rows) {
    const turns = [];
    for (let round = 0; round < rounds; round++) turns.push(await measure(base, row, { seconds: 3 }));
    found.push({ name: row.name, ...percentiles(turns) });
  }
  return found;
}

const shownPair = (name, calm, stuck) =>
  `${name.padEnd(24)}${[calm.p50, stuck.p50, calm.p99, stuck.p99].map((it) => it.toFixed(2).padStart(12)).join("")}`;

function showPairs(say, title, { calm, stuck }) {
  say("");
  say(`${title.padEnd(24)}${["p50 calm", "p50 stuck", "p99 calm", "p99 stuck"].map((it) => it.padStart(12)).join("")}`);
  for (const [index, { name }] of calm.entries()) say(shownPair(name, calm[index], stuck[index]));
}

/** Reads while something is stuck, beside the same reads of the same server when nothing is. */
async function steadiness({ folder, run, around, say }) {
  const [, middle] = sizes;
  const rows = watched(middle);
  const asked = async (server, begin) => {
    for (const row of rows) await measure(server.line, row, { seconds: 1 });
    const calm = await readFigures(server.line, rows);
    await begin(server.line);
    return { calm, stuck: await readFigures(server.line, rows) };
  };
  const pending = [];
  const post = (base, path, body) =>
    pending.push(
      fetch(base + path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body }).catch(
        () => undefined,
      ),
    );
  const mail = await run(middle, { ...around, smtp: around.silent }, (server) =>
    asked(server, async (base) => {
      for (let number = 0; number < 200; number++) post(base, `${v2}/validate/email/requestToken`, requestBody());
    }),
  );
  showPairs(say, "200 mails hang", mail);

  const onbind = await run(middle, { ...around, homeserver: around.hanging }, (server) =>
    asked(server, async (base) => {
      for (let number = 0; number < spareSessions; number++) {
        const sid = sessions + number;
        const body = JSON.stringify({ sid: sidOf(sid), client_secret: clientSecret, token });
        await fetch(`${base}${v2}/validate/email/submitToken`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body,
        });
        post(base, `${v2}/3pid/bind`, bindBody(sid));
      }
    }),
  );
  showPairs(say, "1,000 onbinds hang", onbind);
  await Promise.all(pending);

  await rotated({ folder, run, around, say });
}

/** By turns: the rotation stands still, and goes on. A minute later this machine may be half as fast. */
async function rotated({ folder, run, around, say }) {
  const rows = watched(sizes.at(-1));
  const found = await run(sizes.at(-1), around, async ({ line }) => {
    for (const row of rows) await measure(line, row, { seconds: 1 });
    const rotation = await start("rotation.mjs", [configurationFile(folder)]);
    const pairs = { calm: rows.map(() => []), stuck: rows.map(() => []) };
    for (const [index, row] of rows.entries()) {
      for (let turn = 0; turn < turns; turn++) {
        rotation.pause();
        pairs.calm[index].push(await measure(line, row, { seconds: 2 }));
        rotation.goOn();
        pairs.stuck[index].push(await measure(line, row, { seconds: 2 }));
      }
    }
    await rotation.stop();
    return pairs;
  });
  const middles = (all) => rows.map(({ name }, index) => ({ name, ...percentiles(all[index]) }));
  showPairs(say, "the pepper is rotated", { calm: middles(found.calm), stuck: middles(found.stuck) });
}
