import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { api, fields, follow, items, parse, resolved, upstreamIsHere, upstreamTrees, yamlFiles } from "./documents.js";
import { examples, type Found, jsonSchema, mappings, runs, sentences } from "./prose.js";

const files = yamlFiles(api);
const documents = files.filter((file) => file !== "services.yaml");
const root = (file: string, folder = api): Found => ({
  file: `${folder}${file}`,
  value: parse(`${folder}${file}`).content,
  pointer: "",
});

const grammar = ["pattern", "minLength", "maxLength", "minimum", "maximum"];
const hasGrammar = (value: unknown): boolean => grammar.some((keyword) => fields(value)[keyword] !== undefined);
/** The protocol's later documents state how ids begin; that ours say the same is a fact like others. */
const statesItself = (value: unknown): boolean => /^mx-(user|room)-id$/.test(String(fields(value)["format"]));
const isMapOfSchemas = (pointer: string): boolean => pointer.endsWith("/properties");

describe("every document", () => {
  it.each(files)("%s is YAML without complaints", (file) => {
    expect(parse(`${api}${file}`).complaints).toEqual([]);
  });

  it.each(documents)("%s refers to what exists", (file) => {
    const lost = mappings(root(file))
      .map(({ value }) => fields(value)["$ref"])
      .filter((reference) => typeof reference === "string")
      .filter((reference) => follow(reference, `${api}${file}`) === undefined);
    expect(lost).toEqual([]);
  });

  it.each(files)("%s marks the grammar that comes from prose, and nothing else", (file) => {
    const unmarked = mappings(root(file))
      .filter(({ pointer }) => !isMapOfSchemas(pointer))
      .filter(({ value }) => hasGrammar(value) !== (statesItself(value) || fields(value)["x-from-prose"] === true))
      .map(({ pointer }) => pointer);
    expect(unmarked).toEqual([]);
  });

  it.each(documents)("%s has examples that fit", (file) => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
    const misfits = examples(root(file))
      .map(({ at, schema, value }) => {
        const check = ajv.compile(jsonSchema(resolved(schema)));
        return check(value) ? undefined : `${at}: ${ajv.errorsText(check.errors)}`;
      })
      .filter((misfit) => misfit !== undefined);
    expect(misfits).toEqual([]);
  });

  it.each(documents)("%s describes every operation, parameter, response and field", (file) => {
    const mute = mappings(root(file))
      .filter(({ pointer }) => /\/(parameters\/\d+|responses\/[^/]+|properties\/[^/]+)$/.test(pointer))
      .filter(({ value }) => fields(value)["in"] !== "body" && typeof fields(value)["description"] !== "string")
      .map(({ pointer }) => pointer);
    const operations = mappings(root(file)).filter(({ pointer }) =>
      /^\/paths\/[^/]+\/(get|put|post|delete)$/.test(pointer),
    );
    const unexplained = operations
      .filter(({ value }) => ["summary", "description"].some((key) => typeof fields(value)[key] !== "string"))
      .map(({ pointer }) => pointer);
    expect([...mute, ...unexplained]).toEqual([]);
  });
});

it("the walk meets the examples of fields, parameters, bodies and responses", () => {
  const met = examples(root("identity/store_invite.yaml")).concat(examples(root("identity/associations.yaml")));
  const places = ["/example", "/x-example", "/schema/example", "/examples/application/json"];
  expect(places.filter((place) => !met.some(({ at }) => at.endsWith(place)))).toEqual([]);
  expect(documents.flatMap((file) => examples(root(file))).length).toBeGreaterThan(200);
});

describe("services.yaml", () => {
  const services = Object.values(fields(fields(parse(`${api}services.yaml`).content)["services"])).map(fields);
  const overrides = services.flatMap((service) => items(service["override"]).map(fields));
  const ids = documents
    .flatMap((file) => mappings(root(file)))
    .map(({ value }) => fields(value)["operationId"])
    .filter((id) => typeof id === "string");

  it("gives a reason for every override", () => {
    expect(overrides.filter((one) => typeof one["because"] !== "string")).toEqual([]);
  });

  it("names operations that exist, and schemas that exist", () => {
    const named = overrides.flatMap((one) => [one["operation"], ...items(one["operations"])]).filter(Boolean);
    const schemas = overrides.flatMap((one) => [one["schema"], one["body"], ...items(one["schemas"])]).filter(Boolean);
    expect(named.filter((id) => !ids.includes(String(id)))).toEqual([]);
    expect(schemas.filter((one) => follow(String(one), `${api}services.yaml`) === undefined)).toEqual([]);
  });

  it("has references that lead somewhere", () => {
    const lost = mappings(root("services.yaml"))
      .flatMap(({ value }) => [fields(value)["$ref"], fields(value)["schema"]])
      .filter((reference) => typeof reference === "string")
      .filter((reference) => follow(reference, `${api}services.yaml`) === undefined);
    expect(lost).toEqual([]);
  });

  it("has an implicit answer for whatever dispatch may say", () => {
    const statuses = services.map((service) => Object.keys(fields(service["implicit"])));
    for (const one of statuses) {
      expect(one).toEqual(expect.arrayContaining(["400", "401", "404", "405", "413", "429", "5XX"]));
    }
  });
});

const outside = upstreamIsHere ? "" : " (not run: the protocol's own documents are not beside this checkout)";

describe.skipIf(!upstreamIsHere)(`beside the protocol's documents${outside}`, () => {
  const length = 8;
  const theirs = (): Set<string> =>
    new Set(
      yamlFiles(upstreamTrees)
        .flatMap((file) => sentences(parse(`${upstreamTrees}${file}`).content))
        .flatMap((text) => runs(text, length)),
    );

  it("no sentence is theirs", () => {
    const known = theirs();
    const copied = files.flatMap((file) =>
      sentences(parse(`${api}${file}`).content)
        .flatMap((text) => runs(text, length))
        .filter((run) => known.has(run))
        .map((run) => `${file}: ${run}`),
    );
    expect(known.size).toBeGreaterThan(10_000);
    expect(copied).toEqual([]);
  });
});
