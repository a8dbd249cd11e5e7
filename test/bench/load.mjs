// Puts load on one URL and says how many answers came a second. wrk where it is installed, autocannon elsewhere and
// wherever every request differs from the one before.
import { spawnSync } from "node:child_process";
import autocannon from "autocannon";

const connections = 32;
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;

export const tool = hasWrk ? "wrk (autocannon where requests differ)" : "autocannon";

/**
 * `next` makes the body of each request; without it all requests are the same. Answers requests a second and the
 * 99th percentile in milliseconds. Any status but 200 is an error: a benchmark of refusals shows nothing.
 */
export async function load({ url, method = "GET", headers = {}, next, amount, seconds = 2 }) {
  if (hasWrk && next === undefined) return wrk(url, headers, seconds);
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
  return { rate: (result["2xx"] * 1000) / (last - begun), p99: result.latency.p99 };
}

function wrk(url, headers, seconds) {
  const given = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const { stdout } = spawnSync("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...given, url], {
    encoding: "utf8",
  });
  if (/Non-2xx/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  const p99 = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout);
  const scale = { us: 0.001, ms: 1, s: 1000 }[p99?.[2] ?? "ms"];
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]), p99: Number(p99?.[1] ?? 0) * scale };
}
