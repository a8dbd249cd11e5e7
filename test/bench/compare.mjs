// One row of a benchmark: the program beside a bare Fastify that answers the same bytes and headers, in turns.
import { load } from "./load.mjs";
import { start } from "./processes.mjs";

export const rounds = 3;
/** Rows that use nothing up take short turns and many, so that what else the machine does falls on both alike. */
export const turns = 11;
const turnSeconds = 1;
/** How many requests of a row that uses something up come before anything counts. */
export const warmUp = 1_000;
const json = { "content-type": "application/json" };

/** One answer of the program, as the bare server is to repeat it. */
async function sample(base, { path, method = "GET", headers = {}, next, bodies }) {
  const body = next?.() ?? bodies?.[0];
  const response = await fetch(base + path, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
  const kept = Object.fromEntries(
    [...response.headers].filter(([name]) => !/^(date|connection|keep-alive|content-length)$/.test(name)),
  );
  const url = path.replace(/\?.*/, "").replace(/ed25519:0$/, ":keyId");
  return { method, url, status: 200, headers: kept, body: answer };
}

export const measure = async (
  base,
  { path, method, headers = {}, next, bodies, amount },
  bounds = { amount, seconds: turnSeconds },
) =>
  load({
    url: base + path,
    method,
    headers: next === undefined && bodies === undefined ? headers : { ...json, ...headers },
    next,
    bodies,
    ...bounds,
  });

/** The bare server uses nothing up, so the clock bounds it; it reads a body and does not look at it. */
const bareRow = ({ amount: _, ...row }) => (row.next === undefined ? row : { ...row, next: () => "{}" });

export const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];
const shown = (rate) => Math.round(rate).toLocaleString("en").padStart(9);

export const heading = `${"row".padEnd(24)} ratio  by cpu  ours/s   bare/s   p50 ms   p99 ms   budget`;

/** The same with the processor's time that the server spent on each answer, in microseconds. */
export async function measured(server, row) {
  const before = server.cpuSeconds();
  const begun = performance.now();
  const result = await measure(server.line, row);
  const answers = (result.rate * (performance.now() - begun)) / 1000;
  return { ...result, cpu: ((server.cpuSeconds() - before) * 1e6) / answers };
}

/**
 * Measures a row; answers its figures, and the line that shows them. The ratio of what both spend of the processor is steady
 * where other programs run beside, too.
 */
export async function figures(row, server) {
  const ours = server.line;
  const bare = await start("bare-server.mjs", [JSON.stringify([await sample(ours, row)])]);
  try {
    // Connections, compiled code and the mail server's pool are there before anything counts.
    const warmth = row.next === undefined ? { seconds: 2 } : { amount: warmUp };
    await measure(bare.line, bareRow(row), warmth);
    await measure(ours, row, warmth);
    const pairs = [];
    for (let round = 0; round < (row.amount === undefined ? turns : rounds); round++) {
      const yardstick = await measured(bare, bareRow(row));
      const alone = await row.alone?.rate();
      const own = await measured(server, row);
      pairs.push({ yardstick, alone, own });
    }
    const middle = (value) => median(pairs.map(value));
    const own = middle((it) => it.own.rate);
    const ratio = middle((it) => it.own.rate / it.yardstick.rate).toFixed(2);
    const byCpu = middle((it) => it.yardstick.cpu / it.own.cpu).toFixed(2);
    const milliseconds = (value) => middle(value).toFixed(1).padStart(9);
    const line = [
      `${row.name.padEnd(24)}${ratio.padStart(6)}${byCpu.padStart(8)}${shown(own)}${shown(middle((it) => it.yardstick.rate))}`,
      `${milliseconds((it) => it.own.p50)}${milliseconds((it) => it.own.p99)}   ${row.budget}`,
    ].join("");
    const below = row.alone === undefined ? "" : `\n${belowLine(row.alone, pairs)}`;
    return { line: line + below, rate: own, cpu: middle((it) => it.own.cpu) };
  } finally {
    await bare.stop();
  }
}

/** A row beside what the part that it leans on does by itself, as the design has its budget: comparable on a machine of any speed. */
function belowLine({ what, each = 1, budget }, pairs) {
  const share = median(pairs.map((it) => (it.own.rate * each) / it.alone)).toFixed(2);
  const alone = median(pairs.map((it) => it.alone));
  return `${"".padEnd(24)}${share.padStart(6)} of ${Math.round(alone).toLocaleString("en")} ${what} a second, alone   budget ${budget}`;
}

export const compare = async (row, server) => (await figures(row, server)).line;
