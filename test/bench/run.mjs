// npm run bench [-- generator | homeserver | identity [lookups | growth | journeys | stuck | rotation | hour] | metrics]: how fast the program is beside a bare
// Fastify route that answers the same bytes and headers, in one run on one machine. Figures of different runs or machines
// are not to be compared; ratios are.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare, heading, median, rounds, warmUp } from "./compare.mjs";
import { benchGenerator } from "./generator.mjs";
import { benchIdentity } from "./identity.mjs";
import { tool } from "./load.mjs";
import { benchHomeserver } from "./logins.mjs";
import { benchMetrics } from "./metrics.mjs";
import { runGenerator, start } from "./processes.mjs";
import { clientSecret, fill, sidOf, token } from "./sessions.mjs";

const v1 = "/_matrix/identity/api/v1";
const sessionCount = 12_000;

const counter = () => {
  let number = 0;
  return () => number++;
};
const spent = { submit: counter(), bind: counter(), request: counter() };
const perRound = sessionCount / rounds;

/** What is measured. `amount` bounds rows that use something up; the rest run by the clock. */
const rows = [
  { name: "ping", path: v1, budget: "0.7" },
  { name: "pubkey", path: `${v1}/pubkey/ed25519:0`, budget: "0.7" },
  {
    name: "submitToken",
    method: "POST",
    path: `${v1}/validate/email/submitToken`,
    amount: perRound,
    next: () => JSON.stringify({ sid: sidOf(spent.submit()), client_secret: clientSecret, token }),
    budget: "5,000 req/s",
  },
  {
    name: "getValidated3pid",
    path: `${v1}/3pid/getValidated3pid?sid=${sidOf(0)}&client_secret=${clientSecret}`,
    budget: "0.5",
  },
  {
    name: "bind",
    method: "POST",
    path: `${v1}/3pid/bind`,
    amount: perRound,
    next: () => JSON.stringify({ sid: sidOf(spent.bind()), client_secret: clientSecret, mxid: "@alice:example.org" }),
    budget: "1,500 req/s",
  },
  {
    name: "requestToken",
    method: "POST",
    path: `${v1}/validate/email/requestToken`,
    amount: 3_000,
    next: () => {
      const number = spent.request();
      return JSON.stringify({ client_secret: `secret${number}`, email: `new${number}@example.org`, send_attempt: 1 });
    },
    budget: "800 req/s",
  },
];

const configurationOf = (folder, smtpPort) => `
identity:
  server_name: localhost
  public_base_url: http://localhost
  listen: { port: 0 }
  v1: { bind_any_mxid: true }
  database: ${join(folder, "identity.sqlite")}
mail: { transport: smtp, host: 127.0.0.1, port: ${smtpPort}, tls: none, connections: 10 }
mailbox: { listen: { port: 0 } }
log: { level: silent }
limits:
${["send_ip", "send_mxid", "send_address", "submit_address", "bind_ip", "bind_mxid", "request_ip"].map((it) => `  ${it}: unlimited`).join("\n")}
`;

/** Seconds from starting the process to its first answer. */
async function startToAnswer(file) {
  const begun = performance.now();
  const server = await start("threepid-server.mjs", [file]);
  const response = await fetch(server.line + v1);
  const seconds = (performance.now() - begun) / 1000;
  await server.stop();
  if (response.status !== 200) throw new Error(`the first answer was ${response.status}`);
  return seconds;
}

const say = (line) => process.stdout.write(`${line}\n`);
const others = {
  generator: benchGenerator,
  homeserver: benchHomeserver,
  identity: benchIdentity,
  metrics: benchMetrics,
};
const other = others[process.argv[2]];
if (other !== undefined) {
  await other(say, process.argv[3]);
  process.exit();
}
const folder = mkdtempSync(join(tmpdir(), "threepid-bench-"));
try {
  const sink = await start("sink.mjs");
  const file = join(folder, "threepid.yaml");
  writeFileSync(file, configurationOf(folder, sink.line));
  // Besides what is counted: the warm-up, and one session for each sample.
  await fill(join(folder, "identity.sqlite"), sessionCount + warmUp + 10);
  const server = await start("threepid-server.mjs", [file]);
  say(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, 32 connections, ${tool}`);
  say("");
  say(heading);
  for (const row of rows) say(await compare(row, server));
  await server.stop();
  const starts = [];
  for (let round = 0; round < 3; round++) starts.push(await startToAnswer(file));
  say("");
  say(`start to first answer, existing database  ${median(starts).toFixed(2)} s   budget 0.5 s`);
  await sink.stop();

  const api = fileURLToPath(new URL("../../api", import.meta.url));
  const args = ["--root", api, "--out", join(folder, "generated")];
  const cold = await runGenerator(args);
  const unchanged = [await runGenerator(args), await runGenerator(args), await runGenerator(args)];
  say("");
  say(
    `generation, cold       ${cold.seconds.toFixed(2)} s, ${cold.megabytes.toFixed(0)} MB peak   budget 3 s and 350 MB for the whole Client-Server API`,
  );
  say(`generation, unchanged  ${median(unchanged.map((it) => it.seconds)).toFixed(2)} s   budget 0.2 s`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  rmSync(folder, { recursive: true, force: true });
  // Its servers would keep the process alive.
  process.exit(1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
