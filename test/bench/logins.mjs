// npm run bench -- homeserver: whether logging in is felt by who reads. Reads come at an even pace, as people make them,
// alone and beside 50 clients that log in without a pause; the two take turns, so that what else the machine does falls on
// both.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { median } from "./compare.mjs";
import { start } from "./processes.mjs";

const clients = 50;
const turns = 7;
const seconds = 4;
const pace = { connections: 4, overallRate: 300 };
const password = "correct horse battery";
const json = { "content-type": "application/json" };
const v3 = "/_matrix/client/v3";

const configurationOf = (folder) => `
homeserver:
  server_name: localhost
  public_base_url: http://localhost
  listen: { port: 0 }
  database: ${join(folder, "homeserver.sqlite")}
mailbox: { listen: { port: 0 } }
log: { level: silent }
limits:
${["request_ip", "register_ip", "interactive_ip", "password_ip", "password_account"].map((it) => `  ${it}: unlimited`).join("\n")}
`;

const post = (url, body) => fetch(url, { method: "POST", headers: json, body: JSON.stringify(body) });

async function read(url) {
  const { latency, errors, non2xx } = await autocannon({ url, duration: seconds, ...pace });
  if (errors + non2xx > 0) throw new Error(`${url}: ${errors} errors, ${non2xx} refusals`);
  return latency;
}

/** Clients that log in until they are told to stop, each on a device of its own; answers how long a login took (ms). */
function logIn(base) {
  let stopped = false;
  const took = [];
  const client = async (_, number) => {
    while (!stopped) {
      const begun = performance.now();
      const identifier = { type: "m.id.user", user: `user${number}` };
      const response = await post(`${base}${v3}/login`, {
        type: "m.login.password",
        identifier,
        password,
        device_id: "DEVICE",
      });
      await response.text();
      if (response.status !== 200) throw new Error(`a login was answered ${response.status}`);
      took.push(performance.now() - begun);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    stop: async () => {
      stopped = true;
      await all;
      return took;
    },
  };
}

const shown = (milliseconds) => milliseconds.toFixed(1).padStart(9);

export async function benchHomeserver(say) {
  const folder = mkdtempSync(join(tmpdir(), "threepid-logins-"));
  const file = join(folder, "threepid.yaml");
  writeFileSync(file, configurationOf(folder));
  const server = await start("threepid-server.mjs", [file]);
  try {
    const base = server.line;
    for (let number = 0; number < clients; number++) {
      const auth = { type: "m.login.dummy" };
      const response = await post(`${base}${v3}/register`, { username: `user${number}`, password, auth });
      if (response.status !== 200) throw new Error(`a registration was answered ${response.status}`);
    }
    const ping = `${base}/_matrix/client/versions`;
    await read(ping);
    const pairs = [];
    const logins = [];
    for (let turn = 0; turn < turns; turn++) {
      const calm = await read(ping);
      const busy = logIn(base);
      const beside = await read(ping);
      logins.push(...(await busy.stop()));
      pairs.push({ calm, beside });
    }
    const middle = (value) => median(pairs.map(value));
    say(
      `node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${pace.overallRate} reads a second`,
    );
    say("");
    say(`${"ping".padEnd(24)}   p50 ms   p99 ms`);
    say(`${"alone".padEnd(24)}${shown(middle((it) => it.calm.p50))}${shown(middle((it) => it.calm.p99))}`);
    say(
      `${`beside ${clients} logins`.padEnd(24)}${shown(middle((it) => it.beside.p50))}${shown(middle((it) => it.beside.p99))}`,
    );
    const ratio = middle((it) => it.beside.p99 / Math.max(1, it.calm.p99)).toFixed(2);
    say(`${"p99 beside / alone".padEnd(24)}${" ".repeat(9)}${ratio.padStart(9)}   budget 1.5`);
    say("");
    say(`a login, ${clients} at a time: ${Math.round(median(logins))} ms; memory ${server.megabytes()} MB`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
