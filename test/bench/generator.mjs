// npm run bench -- generator: what generating today's whole Client-Server API costs, all outputs, as a whole process,
// beside openapi-typescript alone, which prints the types of the same service and nothing else.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { writeProject } from "../matrix/compile.mjs";
import { copyTree, trees } from "../matrix/trees.mjs";
import { measure, runGenerator } from "./processes.mjs";

const program = (path) => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
const service = "client-server";
const rounds = 5;

/** The run of the middle, by time; its memory is the most that any run took. */
function middle(runs) {
  const ordered = runs.toSorted((left, right) => left.seconds - right.seconds);
  return {
    seconds: ordered[Math.floor(runs.length / 2)].seconds,
    megabytes: Math.max(...runs.map(({ megabytes }) => megabytes)),
  };
}

const line = (name, { seconds, megabytes }, budget = "") =>
  `${name.padEnd(34)}${seconds.toFixed(2).padStart(6)} s${megabytes.toFixed(0).padStart(6)} MB   ${budget}`.trimEnd();

/** An edit that callers notice in the documentation alone, another one each time. */
function edit(file, round) {
  const text = readFileSync(file, "utf8");
  const edited = text.replace(/^( *summary: ).*$/m, `$1Edited for the ${round + 1}. time.`);
  if (edited === text) throw new Error(`${file} has no summary`);
  writeFileSync(file, edited);
}

/** Measures each row in turns, so that what else the machine does falls on all of them alike. */
async function measureService(folder, root, services) {
  const file = join(folder, "services.yaml");
  writeFileSync(file, stringify({ services: { [service]: parse(readFileSync(services, "utf8")).services[service] } }));
  const out = join(folder, "generated");
  const args = ["--root", root, "--services", file, "--out", out, "--reference"];
  const one = join(root, "api/client-server/whoami.yaml");
  const alone = [
    program("openapi-typescript/bin/cli.js"),
    join(out, service, "openapi.json"),
    "-o",
    join(folder, "alone.ts"),
  ];
  const runs = { cold: [], unchanged: [], commented: [], changed: [], alone: [], types: [] };
  for (let round = 0; round < rounds; round++) {
    rmSync(out, { recursive: true, force: true });
    runs.cold.push(await runGenerator(args));
    runs.unchanged.push(await runGenerator(args));
    appendFileSync(one, `# ${round}\n`);
    runs.commented.push(await runGenerator(args));
    edit(one, round);
    runs.changed.push(await runGenerator(args));
    runs.alone.push(await measure(alone));
  }
  const project = writeProject(out, "NodeNext");
  for (let round = 0; round < 3; round++)
    runs.types.push(await measure([program("typescript/bin/tsc"), "-p", project]));
  const { paths } = JSON.parse(readFileSync(join(out, service, "openapi.json"), "utf8"));
  return { runs, paths: Object.keys(paths).length };
}

/** Every service of the tree, and an edit that reaches one of them. */
async function measureTree(folder, root, services) {
  const out = join(folder, "all");
  const args = ["--root", root, "--services", services, "--out", out, "--reference"];
  const runs = { cold: [], changed: [] };
  for (let round = 0; round < 3; round++) {
    rmSync(out, { recursive: true, force: true });
    runs.cold.push(await runGenerator(args));
    edit(join(root, "api/identity/v2_ping.yaml"), round);
    runs.changed.push(await runGenerator(args));
  }
  return runs;
}

const middles = (runs) => Object.fromEntries(Object.entries(runs).map(([name, all]) => [name, middle(all)]));

/** Prints what generation costs; says so where the documents are absent. */
export async function benchGenerator(say) {
  const tree = trees.at(-1);
  if (tree === undefined || !existsSync(tree.source)) {
    say(`not run: there is no folder ${tree?.source}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "threepid-bench-"));
  try {
    const root = join(folder, tree.name);
    copyTree(tree.source, root);
    const { runs, paths } = await measureService(folder, root, tree.services);
    const { cold, unchanged, commented, changed, alone, types } = middles(runs);
    say(`Client-Server API of ${tree.name}: ${paths} paths; median of ${rounds} whole processes, in turns`);
    say(line("all outputs, cold", cold, "budget 3 s and 350 MB"));
    say(line("all outputs, unchanged", unchanged, "budget 0.2 s"));
    say(line("all outputs, one file changed", changed));
    say(line("the same, in a comment alone", commented));
    say(line("openapi-typescript alone, types", alone, `cold is ${(cold.seconds / alone.seconds).toFixed(2)} of it`));
    say(line("type-check of the output", types, "budget 3 s"));
    const whole = middles(await measureTree(folder, root, tree.services));
    say(`every service of ${tree.name}; median of 3`);
    say(line("all outputs, cold", whole.cold));
    say(line("all outputs, one file changed", whole.changed, "of one service"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
