// Holds every example of the documents against the schema that it claims to fit.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { LineCounter, parseDocument } from "yaml";
import { built } from "./trees.mjs";

const { locate } = await built("load/locate.js");

/** Where an example stands, and what it is to fit. */
class Claims {
  found = [];
  #files = new Map();
  #root;

  constructor(root) {
    this.#root = root;
  }

  file(path) {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const text = readFileSync(join(this.#root, path), "utf8");
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    const read = { file: path, text, lines, document, data: document.toJS() };
    this.#files.set(path, read);
    return read;
  }

  add(origin, keys, value, schema, isText = false) {
    const place = locate(this.file(origin.file), [...keysOf(origin.pointer), ...keys]);
    this.found.push({ place: `${origin.file}:${place.line}`, value, schema, isText });
  }

  /** The value in the source at a place, with nothing repaired. */
  source(origin) {
    return keysOf(origin.pointer).reduce((value, key) => value?.[key], this.file(origin.file).data);
  }
}

const keysOf = (pointer) =>
  pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));

const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const maps = ["properties", "patternProperties"];
const single = ["items", "additionalProperties", "not"];

/** The examples inside a schema, each with the schema that it stands in. */
function inSchema(claims, schema, origin, keys) {
  if (typeof schema !== "object") return;
  for (const [index, example] of (schema.examples ?? []).entries()) {
    const at = claims.source({
      ...origin,
      pointer: `${origin.pointer}${keys.map((key) => `/${escaped(key)}`).join("")}`,
    });
    claims.add(
      origin,
      [...keys, ...(at?.example === undefined ? ["examples", String(index)] : ["example"])],
      example,
      schema,
    );
  }
  for (const list of lists) {
    for (const [index, inner] of (schema[list] ?? []).entries()) {
      inSchema(claims, inner, origin, [...keys, list === "prefixItems" ? "items" : list, String(index)]);
    }
  }
  for (const map of maps) {
    for (const [name, inner] of Object.entries(schema[map] ?? {}))
      inSchema(claims, inner, origin, [...keys, map, name]);
  }
  for (const key of single) if (schema[key] !== undefined) inSchema(claims, schema[key], origin, [...keys, key]);
}

const escaped = (key) => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** A parameter's examples are in the source alone: no emitter needs them. */
function ofParameter(claims, { origin, schema }) {
  const source = claims.source(origin);
  const own = source?.["x-example"] === undefined ? ["example", "schema/example"] : ["x-example"];
  for (const path of own) {
    const keys = path.split("/");
    const value = keys.reduce((inner, key) => inner?.[key], source);
    if (value !== undefined) claims.add(origin, keys, value, schema, true);
  }
}

function claimsOf(model, root) {
  const claims = new Claims(root);
  for (const { schema, origin } of model.schemas) inSchema(claims, schema, origin, []);
  for (const { parameters, body, responses } of model.operations) {
    for (const parameter of parameters) ofParameter(claims, parameter);
    const content = [body, ...responses].flatMap((part) => part?.content ?? []);
    for (const { schema, examples } of content) {
      if (schema === undefined) continue;
      for (const { value, origin } of examples) claims.add(origin, [], value, schema);
    }
  }
  return claims.found;
}

/** A parameter travels as text: its example may be written as the value or as the text that stands for it. */
const readings = ({ value, isText }) => {
  if (!isText) return [value];
  const decoded = typeof value === "string" && /^(true|false|-?\d+(\.\d+)?)$/u.test(value) ? [JSON.parse(value)] : [];
  return [value, String(value), ...decoded];
};

/** How many examples there are, and those that do not fit: where they stand, and why. */
export function checkExamples(model, root) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  ajv.addSchema({
    $id: "service",
    components: { schemas: Object.fromEntries(model.schemas.map(({ name, schema }) => [name, schema])) },
  });
  const inService = (schema) =>
    JSON.parse(JSON.stringify(schema, (key, value) => (key === "$ref" ? `service${value}` : value)));
  const claims = claimsOf(model, root);
  const misfits = claims.flatMap((claim) => {
    const validate = ajv.compile(inService(claim.schema));
    if (readings(claim).some((value) => validate(value))) return [];
    validate(claim.value);
    const [first] = validate.errors ?? [];
    return [`${claim.place}  ${first?.instancePath || "the value"} ${first?.message}`];
  });
  return { checked: claims.length, misfits: [...new Set(misfits)].sort() };
}
