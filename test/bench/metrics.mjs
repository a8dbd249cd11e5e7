// What counting costs: ping with `observe` on against the same with it off, in turns, in one run on one machine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, tool } from "./load.mjs";
import { start } from "./processes.mjs";

const rounds = 9;
const path = "/_matrix/identity/v2";

const configurationOf = (folder, enabled) => `
identity:
  server_name: localhost
  public_base_url: http://localhost
  listen: { port: 0 }
  database: ${join(folder, `${enabled}.sqlite`)}
mailbox: { listen: { port: 0 } }
log: { level: silent }
observe: { enabled: ${enabled}, listen: { port: 0 } }
`;

async function serverIn(folder, enabled) {
  const file = join(folder, `${enabled}.yaml`);
  writeFileSync(file, configurationOf(folder, enabled));
  return start("threepid-server.mjs", [file]);
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

export async function benchMetrics(say) {
  const folder = mkdtempSync(join(tmpdir(), "threepid-bench-"));
  try {
    const off = await serverIn(folder, false);
    const on = await serverIn(folder, true);
    const rate = async ({ line }) => (await load({ url: line + path, seconds: 2 })).rate;
    await rate(off);
    await rate(on);
    const pairs = [];
    for (let round = 0; round < rounds; round++) {
      // Whoever goes first has no advantage from it.
      const first = round % 2 === 0;
      const a = await rate(first ? off : on);
      const b = await rate(first ? on : off);
      pairs.push(first ? { without: a, counted: b } : { without: b, counted: a });
    }
    const ratio = median(pairs.map((it) => it.counted / it.without));
    const shown = (name) => Math.round(median(pairs.map((it) => it[name]))).toLocaleString("en");
    say(
      `ping, ${tool}: ${shown("without")} req/s without metrics, ${shown("counted")} with; ratio ${ratio.toFixed(3)}`,
    );
    await Promise.all([off.stop(), on.stop()]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
