/** What a document says, apart from its prose: the part that has to agree with the protocol's own documents. */

import { type Fields, fields, items, parse, resolved } from "./documents.js";

/** One fact per line: where, and what. Two documents agree when their lines do. */
type Facts = ReadonlyMap<string, string>;

type Note = (where: string, what: unknown) => void;

const methods = ["get", "put", "post", "delete"];
const plain = ["type", "enum", "format", "default", "deprecated", "minItems", "maxItems", "uniqueItems", "title"];
/** Grammar is a fact where the documents themselves state it; what only prose states is marked. */
const grammar = ["pattern", "minLength", "maxLength", "minimum", "maximum"];
const text = (value: unknown): string => JSON.stringify(value) ?? "undefined";
const sorted = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value);

/** What is marked is ours to add, beside what the later documents state of ids by themselves. */
const statedGrammar = (schema: Fields): readonly string[] => {
  if (schema["x-from-prose"] !== true) return grammar;
  return /^mx-(user|room)-id$/.test(String(schema["format"])) ? ["pattern"] : [];
};

const schemaFacts = (where: string, schema: Fields, note: Note): void => {
  for (const keyword of [...plain, ...statedGrammar(schema)]) {
    if (schema[keyword] !== undefined) note(`${where} ${keyword}`, sorted(schema[keyword]));
  }
  for (const field of items(schema["required"])) note(`${where}.${String(field)} required`, true);
  for (const [name, property] of Object.entries(fields(schema["properties"]))) {
    note(`${where}.${name}`, "property");
    schemaFacts(`${where}.${name}`, fields(property), note);
  }
  const elements = Array.isArray(schema["items"]) ? schema["items"] : [];
  for (const [index, element] of elements.entries()) schemaFacts(`${where}[${index}]`, fields(element), note);
  if (elements.length === 0 && schema["items"] !== undefined) schemaFacts(`${where}[]`, fields(schema["items"]), note);
  if (schema["additionalProperties"] !== undefined) {
    note(`${where}.* additional`, typeof schema["additionalProperties"]);
    schemaFacts(`${where}.*`, fields(schema["additionalProperties"]), note);
  }
};

const exampleFacts = (where: string, media: unknown, note: Note): void => {
  // A media type has a slash; the one document that keeps a schema among its examples is noted as it is.
  for (const name of Object.keys(fields(media))) note(`${where} example`, name);
};

/** The error codes that a response names, in its words or in its examples. */
const codesOf = (response: unknown): string[] => {
  const { description, examples, content } = fields(response);
  const named = [description, examples, content].map(text).join(" ");
  return [...new Set(named.match(/\bM_[A-Z_]+/g) ?? [])].sort();
};

/** OpenAPI 3 has a schema for each media type of a body. */
const mediaTypes = (body: unknown): (readonly [type: string, media: Fields])[] =>
  Object.entries(fields(fields(body)["content"])).map(([type, media]) => [type, fields(media)]);

const operationFacts = (where: string, file: string, operation: Fields, note: Note): void => {
  note(`${where} operationId`, operation["operationId"]);
  note(`${where} deprecated`, operation["deprecated"] === true);
  note(`${where} security`, operation["security"] ?? "none");
  note(`${where} tags`, operation["tags"] ?? "none");
  note(`${where} added`, operation["x-addedInMatrixVersion"] ?? "from the first");
  for (const parameter of items(operation["parameters"]).map(fields)) {
    const here = `${where} ${String(parameter["in"])} ${String(parameter["name"])}`;
    note(`${here} required`, parameter["required"] === true);
    const { schema: described } = parameter;
    const schema = described === undefined ? parameter : resolved({ file, value: described });
    schemaFacts(here, { ...schema, required: items(schema["required"]) }, note);
  }
  if (operation["requestBody"] !== undefined) {
    note(`${where} body required`, fields(operation["requestBody"])["required"] === true);
  }
  for (const [type, { schema }] of mediaTypes(operation["requestBody"])) {
    const body = resolved({ file, value: schema });
    schemaFacts(`${where} body ${type}`, { ...body, required: items(body["required"]) }, note);
  }
  for (const [status, response] of Object.entries(fields(operation["responses"]))) {
    const here = `${where} ${status.toUpperCase()}`;
    const { headers, examples } = fields(response);
    const [[type, media] = ["", fields(response)]] = mediaTypes(response);
    const { schema } = media;
    if (type !== "") note(`${here} type`, type);
    note(here, schema === undefined ? "without a schema" : "with a schema");
    if (headers !== undefined) note(`${here} headers`, headers);
    note(`${here} codes`, codesOf(response));
    if (schema !== undefined) schemaFacts(here, resolved({ file, value: schema }), note);
    exampleFacts(here, examples, note);
  }
};

const documentFacts = (file: string, content: Fields, note: Note): void => {
  for (const key of ["swagger", "openapi", "host", "schemes", "basePath", "consumes", "produces", "servers"])
    note(key, content[key] ?? "none");
  note("version", fields(content["info"])["version"]);
  const schemes = content["securityDefinitions"] ?? fields(content["components"])["securitySchemes"];
  for (const [name, schema] of Object.entries(fields(fields(content["components"])["schemas"]))) {
    schemaFacts(name, resolved({ file, value: schema }), note);
  }
  if (schemes !== undefined) note("security schemes", securityFacts(file, resolved({ file, value: schemes })));
  for (const [path, members] of Object.entries(fields(content["paths"]))) {
    for (const [method, operation] of Object.entries(fields(members))) {
      if (methods.includes(method)) operationFacts(`${method.toUpperCase()} ${path}`, file, fields(operation), note);
      else note(`${path} ${method}`, "unexpected");
    }
  }
};

const securityFacts = (file: string, schemes: Fields): unknown =>
  Object.entries(schemes).map(([name, value]) => {
    const { type, in: place, name: key, scheme } = resolved({ file, value });
    return { name, type, place, key, scheme };
  });

/** The facts of an entry document, of a schema file, or of a file of security schemes. */
export const factsOf = (file: string): Facts => {
  const facts = new Map<string, string>();
  const note: Note = (where, what) => facts.set(where, text(what));
  const content = fields(parse(file).content);
  if (content["paths"] !== undefined) documentFacts(file, content, note);
  else if (file.endsWith("/security.yaml")) note("security schemes", securityFacts(file, content));
  else schemaFacts("schema", resolved({ file, value: content }), note);
  return facts;
};

/** Lines such as `GET /x 200: ours "a", theirs absent`, in order. */
export const differences = (ours: Facts, theirs: Facts): string[] =>
  [...new Set([...ours.keys(), ...theirs.keys()])]
    .filter((where) => ours.get(where) !== theirs.get(where))
    .map((where) => `${where}: ours ${ours.get(where) ?? "absent"}, theirs ${theirs.get(where) ?? "absent"}`)
    .sort();
