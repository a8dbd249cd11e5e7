// Child processes that print one line when they are ready, and end when they are told to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A benchmark that fails, or is ended, leaves nobody behind. */
const children = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts one of this folder's programs; answers its first line and how to end it. */
export async function start(name, args = []) {
  const child = spawn(process.execPath, [here(name), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const exited = once(child, "exit").finally(() => children.delete(child));
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line").then(([first]) => first),
    exited.then(([code]) => Promise.reject(new Error(`${name} ended with code ${code} before it was ready`))),
  ]);
  return {
    line,
    cpuSeconds: () => cpuOf(child.pid),
    megabytes: () => memoryOf(child.pid, "VmRSS"),
    peakMegabytes: () => memoryOf(child.pid, "VmHWM"),
    ownMegabytes: () => memoryOf(child.pid, "RssAnon"),
    untilIdle: () => untilIdle(child.pid),
    pause: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** What a process holds of memory, in MB, where the system tells. */
function memoryOf(pid, what) {
  const file = `/proc/${pid}/status`;
  const kilobytes = existsSync(file)
    ? new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(file, "utf8"))?.[1]
    : undefined;
  return kilobytes === undefined ? "?" : Math.round(Number(kilobytes) / 1024);
}

/** What a process has used of processors, in seconds, where the system tells; 0 elsewhere. */
function cpuOf(pid) {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return 0;
  // The fields after the command's name, which may hold anything; in hundredths of a second.
  const fields = readFileSync(file, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Until it has done next to nothing for a second: what it does first, beside requests, is behind it. */
async function untilIdle(pid) {
  for (let before = -1, now = cpuOf(pid); now - before > 0.02; now = cpuOf(pid)) {
    before = now;
    await wait(1_000);
  }
}

/** Runs a program of node's to its end; answers its seconds and its peak memory in MB. */
export async function measure(args) {
  const tell = 'process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))';
  const peak = `data:text/javascript,${encodeURIComponent(tell)}`;
  const begun = process.hrtime.bigint();
  const child = spawn(process.execPath, ["--import", peak, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "close");
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  if (code !== 0) throw new Error(`${args[0]} ended with code ${code}: ${said}`);
  return { seconds, megabytes: Number(/peak (\d+)/.exec(said)?.[1] ?? 0) / 1024 };
}

/** The same for the generator. */
export const runGenerator = (args) => measure([here("../../generator/dist/cli.js"), "generate", ...args]);
