// npm run bench -- homeserver: whether logging in is felt by who reads. Reads come at an even pace, as people make them,
// from a process of their own, alone and beside 50 clients that log in without a pause; the two take turns, so that what
// else the machine does falls on both.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./compare.mjs";
import { start } from "./processes.mjs";

const clients = 50;
const turns = 7;
const seconds = 4;
const rate = 300;
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
  const reader = await start("paced-reads.mjs", [url, String(rate), String(seconds)]);
  return JSON.parse(reader.line);
}

const percentile = (milliseconds, share) =>
  milliseconds.toSorted((left, right) => left - right)[Math.ceil(milliseconds.length * share) - 1];

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

const shown = (milliseconds) => milliseconds.toFixed(2).padStart(9);

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
    const calm = [];
    const beside = [];
    const logins = [];
    for (let turn = 0; turn < turns; turn++) {
      calm.push(...(await read(ping)));
      const busy = logIn(base);
      beside.push(...(await read(ping)));
      logins.push(...(await busy.stop()));
    }
    const row = (name, reads) =>
      say(`${name.padEnd(24)}${shown(percentile(reads, 0.5))}${shown(percentile(reads, 0.99))}`);
    say(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, ${rate} reads a second`);
    say("");
    say(`${"ping".padEnd(24)}   p50 ms   p99 ms`);
    row("alone", calm);
    row(`beside ${clients} logins`, beside);
    const ratio = (percentile(beside, 0.99) / percentile(calm, 0.99)).toFixed(2);
    say(`${"p99 beside / alone".padEnd(24)}${" ".repeat(9)}${ratio.padStart(9)}   budget 1.5`);
    say("");
    say(`a login, ${clients} at a time: ${Math.round(median(logins))} ms; memory ${server.megabytes()} MB`);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
