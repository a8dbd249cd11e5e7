// npm run generate:matrix [-- --out folder] [--json]: generates the protocol's two complete trees, one service for each
// folder, and tells what came out: operations, types, what the documents leave open, examples that do not fit their
// schemas, what two compilers say under both ways to resolve, and whether types, checks and Ajv agree about values.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { agreement, preparation } from "./agreement.mjs";
import { compileAll, programOf, withoutTypes } from "./compile.mjs";
import { checkExamples } from "./examples.mjs";
import { built, copyTree, trees } from "./trees.mjs";
import { countUnknowns, kinds } from "./unknowns.mjs";

const { generate } = await built("generate.js");
const { loadServices } = await built("load/services.js");

const { values: flags } = parseArgs({
  options: { out: { type: "string" }, json: { type: "boolean", default: false } },
});
const say = (line) => process.stdout.write(`${line}\n`);

/** Schema files that became no type, or more than one. */
function repeatedFiles(model) {
  const files = model.schemas
    .filter(({ kind }) => kind === "definition")
    .map(({ origin }) => `${origin.file}#${origin.pointer}`);
  return files.filter((file, index) => files.indexOf(file) !== index);
}

/** Names that a module declares more than once. */
function repeatedNames(text) {
  const names = [...text.matchAll(/^export (?:interface|type) (\w+)/gmu)].map(([, name]) => name.toLowerCase());
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function describeService(model, folder, root) {
  const types = readFileSync(join(folder, model.name, "types.ts"), "utf8");
  return {
    name: model.name,
    operations: model.operations.length,
    types: model.schemas.length,
    files: model.schemas.filter(({ kind }) => kind === "definition").length,
    repeated: [...repeatedFiles(model), ...repeatedNames(types)],
    unknowns: countUnknowns(types),
    examples: checkExamples(model, root),
  };
}

/** The compiled checks of a service, as they were written, on the built seam. */
async function tablesOf(folder, service, work) {
  const copy = mkdtempSync(join(work, "checks-"));
  cpSync(fileURLToPath(new URL("../../generator/dist/seam", import.meta.url)), join(copy, "seam"), { recursive: true });
  mkdirSync(join(copy, service));
  const load = (name) => {
    const path = join(copy, service, `${name}.mjs`);
    writeFileSync(path, withoutTypes(readFileSync(join(folder, service, `${name}.ts`), "utf8")));
    return import(pathToFileURL(path).href);
  };
  const [{ requests }, { responses }] = await Promise.all([load("requests"), load("responses")]);
  return { requests, responses };
}

async function prepareService(tree, model, folder, work) {
  const document = JSON.parse(readFileSync(join(folder, model.name, "openapi.json"), "utf8"));
  return preparation(tree, model, await tablesOf(folder, model.name, work), document, join(folder, model.name));
}

async function runTree({ name, source, services: file }, work, out) {
  const root = join(work, name);
  copyTree(source, root);
  const folder = join(out, name);
  const begun = performance.now();
  await generate({ root, services: file, out: folder });
  const seconds = (performance.now() - begun) / 1000;
  const { services, warnings } = await loadServices({ root, services: file });
  const prepared = [];
  for (const model of services) prepared.push(await prepareService(name, model, folder, work));
  const report = {
    name,
    seconds,
    tolerated: (readFileSync(file, "utf8").match(/^ +defect: /gmu) ?? []).length,
    warnings: warnings.map(({ origin, message }) => `${origin.file}:${origin.line}  ${message}`),
    files: readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length,
    services: services.map((model) => describeService(model, folder, root)),
  };
  return { report, prepared };
}

function sayTree({ name, seconds, tolerated, warnings, files, services }) {
  say(
    `${name}: ${services.length} services, ${files} files in ${seconds.toFixed(1)} s, ${tolerated} defects tolerated by name`,
  );
  for (const one of services) {
    const unknowns = Object.values(one.unknowns).reduce((sum, count) => sum + count, 0);
    const { checked, misfits } = one.examples;
    say(
      `  ${one.name.padEnd(20)} ${one.operations} operations, ${one.types} types (${one.files} of files), ${unknowns} unknown, ` +
        `${checked} examples, ${misfits.length} do not fit`,
    );
    for (const what of one.repeated) say(`    emitted more than once: ${what}`);
    for (const misfit of misfits) say(`    ${misfit}`);
  }
  for (const warning of warnings) say(`  warning  ${warning}`);
}

function sayUnknowns(services) {
  say("unknown, by kind");
  for (const [kind, why] of Object.entries(kinds)) {
    const count = services.reduce((sum, { unknowns }) => sum + (unknowns[kind] ?? 0), 0);
    say(`  ${String(count).padStart(4)}  ${kind}: ${why}`);
  }
}

function sayAgreement({ trees: all, loose, formats, wrong }) {
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  for (const { tree, schemas, inputs, valid, least, literals, missing, mistyped } of all) {
    say(
      `${tree}: ${schemas} schemas; ${inputs} values, ${percent(valid / inputs)} of them valid, for compiled checks and Ajv`,
    );
    say(`  of values made for a schema at least ${percent(least)} fit; ${literals} literals that fit compile`);
    say(
      `  of mutants neither fit nor compile ${missing} with a field missing and ${mistyped} with one of a wrong type`,
    );
  }
  say(
    `listed in disagreements.yaml: ${loose} places where types take more than checks; formats: ${formats.join(", ")}`,
  );
  say(`not explained: ${wrong.length}`);
  for (const line of wrong) say(`  ${line}`);
}

const absent = trees.find(({ source }) => !existsSync(source));
if (absent !== undefined) {
  const nothing = { trees: [], loose: 0, formats: [], wrong: [] };
  if (flags.json) say(JSON.stringify({ state: "not run", trees: [], compiled: [], agreed: nothing }));
  else say(`not run: there is no folder ${absent.source}`);
} else {
  const work = mkdtempSync(join(tmpdir(), "threepid-matrix-"));
  const out = flags.out === undefined ? join(work, "generated") : resolve(flags.out);
  try {
    const runs = [];
    for (const tree of trees) runs.push(await runTree(tree, work, out));
    const reports = runs.map(({ report }) => report);
    const compiled = await compileAll(out);
    const prepared = runs.flatMap((run) => run.prepared);
    const agreed = agreement(prepared, (modules) => programOf(modules, work));
    if (flags.json) say(JSON.stringify({ state: "run", trees: reports, compiled, agreed }));
    else {
      for (const report of reports) sayTree(report);
      sayUnknowns(reports.flatMap(({ services }) => services));
      for (const { compiler, resolution, errors, seconds } of compiled) {
        say(`${compiler} under ${resolution}: ${errors.length} errors in ${seconds.toFixed(1)} s`);
        for (const error of errors) say(`  ${error}`);
      }
      sayAgreement(agreed);
    }
    const failed = compiled.some(({ errors }) => errors.length > 0);
    const repeated = reports.some(({ services }) => services.some((service) => service.repeated.length > 0));
    if (failed || repeated || agreed.wrong.length > 0) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
