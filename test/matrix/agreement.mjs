// Types, compiled checks and interpreted Ajv say the same about the same values. Where they do not, a line of
// disagreements.yaml says why; a line that nothing bears out any more is an error, too.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import ts from "typescript";
import { parse } from "yaml";
import { literalsOf, moduleOf, spread } from "./literals.mjs";
import { subjectsOf } from "./subjects.mjs";
import { built } from "./trees.mjs";

const { namedSchemas } = await built("emit/parts.js");
const { formats } = await built("seam/formats.js");
const { arbitraryOf } = await built("values/arbitrary.js");
const { mutations } = await built("values/broken.js");

const listed = parse(readFileSync(new URL("disagreements.yaml", import.meta.url), "utf8"));

/** Made for each schema, the same every time. */
const made = { seed: 20260731, numRuns: 40 };
const amounts = { values: 5, mutants: 32 };

/** Ajv on the schemas as the service's `openapi.json` has them, with formats of its own but for the given one. */
function interpreterOf({ components }, ours) {
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  if (ours !== undefined) ajv.addFormat(ours, formats[ours]);
  ajv.addSchema({ $id: "service", components });
  const absolute = (schema) =>
    JSON.parse(JSON.stringify(schema, (key, value) => (key === "$ref" ? `service${value}` : value)));
  return (schema) => ajv.compile(absolute(schema));
}

/** Values made to fit, the same broken at one keyword each, and anything at all. */
function inputsFor(schema, named) {
  const fit = fc.sample(arbitraryOf(fc.array(fc.nat(), { maxLength: 60, size: "max" }), schema, named), made);
  const broken = fit.slice(0, 5).flatMap((value) => mutations(schema, value, named).map((one) => one.value));
  const anything = fc.sample(fc.jsonValue({ maxDepth: 2 }), { ...made, numRuns: 15 });
  return { fit, all: [...fit, ...spread(broken, 60), ...anything] };
}

/** Every schema of a service with its literals, and the inputs on which the check and Ajv differ. */
function judge(model, tables, document) {
  const named = namedSchemas(model);
  const interpret = interpreterOf(document);
  const withOurs = Object.keys(listed.formats).map((name) => [name, interpreterOf(document, name)]);
  return subjectsOf(model, tables).map((subject) => {
    const { schema, check } = subject;
    const { fit, all } = inputsFor(schema, named);
    const fits = (value) => check(value) === undefined;
    const interpreted = interpret(schema);
    const formatBehind = (value) => withOurs.find(([, other]) => other(schema)(value) === fits(value))?.[0];
    const fitting = fit.filter(fits);
    return {
      ...subject,
      inputs: all.length,
      valid: all.filter(fits).length,
      share: fitting.length / fit.length,
      differing: all
        .filter((value) => interpreted(value) !== fits(value))
        .map((value) => ({ value, format: formatBehind(value) })),
      literals: literalsOf(fitting, check, amounts),
    };
  });
}

/** Where a check refuses a value, without the names and numbers that stand for any other. */
const placeOf = ({ check, type }, text) => {
  const { keyword, path } = check(JSON.parse(text));
  return `${type.replace(/^T\./u, "")} ${keyword} ${path.replaceAll(/\/(?:key)?\d+(?=\/|$)/gu, "/*") || "/"}`;
};

const unusedExpectation = 2578;

/** What the compiler says about a module of literals: those it takes though the check refuses, and the reverse. */
function misjudged(program, path, places) {
  const file = program.getSourceFile(path);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ code, start, messageText }) => {
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    const { subject, literal } = places.get(code === unusedExpectation ? line + 1 : line) ?? {};
    if (subject === undefined) return { wrong: `${path}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}` };
    if (code === unusedExpectation) return { loose: placeOf(subject, literal.text) };
    return { wrong: `${subject.type} fits and does not compile: ${literal.text.slice(0, 200)}` };
  });
}

/** A service before its literals are compiled: what its values showed, and the module of its literals. */
export function preparation(tree, model, tables, document, from) {
  const subjects = judge(model, tables, document);
  return { tree, service: model.name, subjects, ...moduleOf(subjects, from) };
}

const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);

/** The schemas about which too little was learned. */
const thin = ({ subjects }) =>
  subjects.flatMap(({ type, share, inputs, valid, literals }) => [
    ...(share < 0.3 || valid / inputs < 0.3 ? [`${type}: too few values fit, ${valid} of ${inputs}`] : []),
    ...(literals.some(({ fits }) => !fits) ? [] : [`${type}: no mutant was refused`]),
  ]);

function reportOf(prepared, program, path) {
  const { tree, service, subjects, places } = prepared;
  const literals = subjects.flatMap((subject) => subject.literals);
  const refused = (kind) => literals.filter(({ fits, mutant }) => !fits && mutant === kind).length;
  const found = misjudged(program, path, places);
  const differing = subjects.flatMap(({ type, differing: all }) => all.map((one) => ({ type, ...one })));
  const unexplained = differing.filter(({ format }) => format === undefined);
  return {
    schemas: subjects.length,
    inputs: sum(subjects, ({ inputs }) => inputs),
    valid: sum(subjects, ({ valid }) => valid),
    least: Math.min(...subjects.map(({ share }) => share)),
    literals: literals.filter(({ fits }) => fits).length,
    missing: refused("missing"),
    mistyped: refused("mistyped"),
    loose: [...new Set(found.flatMap(({ loose }) => (loose === undefined ? [] : [`${tree} ${service} ${loose}`])))],
    formats: differing.flatMap(({ format }) => (format === undefined ? [] : [format])),
    wrong: [
      ...thin(prepared),
      ...found.flatMap(({ wrong }) => (wrong === undefined ? [] : [wrong])),
      ...unexplained.map(
        ({ type, value }) => `${type}: the check and Ajv differ about ${JSON.stringify(value).slice(0, 200)}`,
      ),
    ].map((line) => `${tree} ${service} ${line}`),
  };
}

function totals(reports) {
  const counted = ["schemas", "inputs", "valid", "literals", "missing", "mistyped"];
  return {
    ...Object.fromEntries(counted.map((name) => [name, sum(reports, (report) => report[name])])),
    least: Math.min(...reports.map(({ least }) => least)),
  };
}

/**
 * What was found in all services together, once the modules of literals are compiled.
 *
 * @param compile makes one program of modules, given by name.
 */
export function agreement(prepared, compile) {
  const nameOf = ({ tree, service }) => `${tree}.${service}`;
  const { program, pathOf } = compile(new Map(prepared.map((one) => [nameOf(one), one.text])));
  const reports = prepared.map((one) => reportOf(one, program, pathOf(nameOf(one))));
  const trees = new Set(prepared.map(({ tree }) => tree));
  const known = listed.types.flatMap(({ places }) => places).filter((place) => trees.has(place.split(" ")[0]));
  const loose = reports.flatMap((report) => report.loose);
  return {
    trees: [...trees].map((tree) => ({ tree, ...totals(reports.filter((_one, at) => prepared[at].tree === tree)) })),
    loose: loose.filter((place) => known.includes(place)).length,
    formats: [...new Set(reports.flatMap((report) => report.formats))],
    wrong: [
      ...reports.flatMap((report) => report.wrong),
      ...loose
        .filter((place) => !known.includes(place))
        .map((place) => `the type takes what the check refuses: ${place}`),
      ...known.filter((place) => !loose.includes(place)).map((place) => `listed, and does not occur: ${place}`),
    ],
  };
}
