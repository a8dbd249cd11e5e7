// Puts load on one URL and says how many answers came a second. wrk where it is installed, autocannon elsewhere and
// wherever every request differs from the one before.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";

const connections = 32;
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;

export const tool = hasWrk ? "wrk (autocannon where requests differ)" : "autocannon";

/**
 * `next` makes the body of each request, `bodies` are sent in turns; without them all requests are the same. Answers
 * requests a second, and the median and the 99th percentile in milliseconds. Any status but 200 is an error: a benchmark of refusals shows nothing.
 */
export async function load({ url, method = "GET", headers = {}, next: given, bodies, amount, seconds = 2 }) {
  if (hasWrk && given === undefined) return wrk(url, headers, bodies, seconds);
  const next = given ?? inTurns(bodies);
  const begun = performance.now();
  let last = begun;
  const run = autocannon({
    url,
    connections,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    headers,
    requests: [
      { method, headers, ...(next === undefined ? {} : { setupRequest: (request) => ({ ...request, body: next() }) }) },
    ],
  });
  // A bounded run ends at the next full second, long after its last answer.
  run.on("response", () => {
    last = performance.now();
  });
  const result = await run;
  const wrong = Object.entries(result.statusCodeStats ?? {}).filter(([status]) => status !== "200");
  if (result.errors > 0 || wrong.length > 0 || result["2xx"] === 0) {
    throw new Error(
      `${method} ${url}: ${result.errors} errors, ${result.timeouts} timeouts, ${JSON.stringify(result.statusCodeStats)}`,
    );
  }
  return { rate: (result["2xx"] * 1000) / (last - begun), p50: result.latency.p50, p99: result.latency.p99 };
}

function inTurns(bodies) {
  let last = 0;
  return bodies && (() => bodies[last++ % bodies.length]);
}

/** Runs beside this process, which may have requests of its own under way. */
async function wrk(url, headers, bodies, seconds) {
  const folder = mkdtempSync(join(tmpdir(), "threepid-load-"));
  try {
    const given = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const posting = bodies === undefined ? [] : ["-s", fileURLToPath(new URL("bodies.lua", import.meta.url))];
    const file = join(folder, "bodies");
    if (bodies !== undefined) writeFileSync(file, bodies.join("\n"));
    const args = [
      "-t1",
      `-c${connections}`,
      `-d${seconds}s`,
      "--timeout",
      "30s",
      "--latency",
      ...given,
      ...posting,
      url,
      "--",
      file,
    ];
    const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    await once(child, "close");
    if (/Non-2xx|Socket errors/.test(said)) throw new Error(`${url}: ${said}`);
    const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
    return { rate, p50: percentile(said, 50), p99: percentile(said, 99) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function percentile(said, of) {
  const found = new RegExp(`${of}%\\s+([\\d.]+)(us|ms|s)`).exec(said);
  return Number(found?.[1] ?? 0) * { us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? "ms"];
}
