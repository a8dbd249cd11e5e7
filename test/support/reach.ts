/**
 * Which operations reach which schema file, found without the generator: a walk over the YAML that follows `$ref` and
 * knows the few entries of `services.yaml` that put another schema in a place.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { parse } from "yaml";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Override {
  readonly operations: readonly string[];
  readonly schemas: readonly string[];
  readonly body?: string;
  readonly response?: Record<string, { schema?: string }>;
  readonly patch: readonly Json[];
}

const inExamples = new Set(["example", "examples", "x-example"]);
const methods = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);
const isMap = (value: unknown): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

class Walk {
  /** Schema files whose root was reached. */
  readonly files = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #tree: Tree;
  readonly #operation: string;

  constructor(tree: Tree, operation: string) {
    this.#tree = tree;
    this.#operation = operation;
  }

  file(file: string): void {
    const [path = "", pointer = ""] = file.split("#");
    this.place(path, pointer);
  }

  place(file: string, pointer: string): void {
    if (this.#seen.has(`${file}#${pointer}`)) return;
    this.#seen.add(`${file}#${pointer}`);
    if (pointer === "") this.files.add(file);
    const keys = pointer.split("/").slice(1);
    let node: Json | undefined = this.#tree.read(file);
    for (const key of keys) {
      const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
      node = Array.isArray(node) ? node[Number(name)] : isMap(node) ? node[name] : undefined;
    }
    this.node(node ?? null, file, pointer);
  }

  node(node: Json, file: string, pointer: string): void {
    for (const { patch } of this.#tree.overrides.filter(({ schemas }) =>
      schemas.includes(pointer === "" ? file : `${file}#${pointer}`),
    )) {
      for (const part of patch) this.node(part, "services.yaml", "(patch)");
    }
    if (Array.isArray(node)) for (const [index, item] of node.entries()) this.node(item, file, `${pointer}/${index}`);
    if (!isMap(node)) return;
    if (typeof node["$ref"] === "string") this.reference(node["$ref"], file);
    for (const [key, value] of Object.entries(node)) {
      if (inExamples.has(key) || key === "$ref") continue;
      const place = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const replaced = this.replacement(node, key, pointer);
      if (replaced === undefined) this.node(value, file, place);
      else this.file(replaced);
    }
  }

  /** The schema that an override puts in the place of a body's or a response's. */
  private replacement(node: { [key: string]: Json }, key: string, pointer: string): string | undefined {
    if (key !== "schema") return undefined;
    const mine = this.#tree.overrides.filter(({ operations }) => operations.includes(this.#operation));
    const isBody = node["in"] === "body" || /\/requestBody\/content\/[^/]+$/.test(pointer);
    if (isBody) return mine.find(({ body }) => body !== undefined)?.body;
    const [, status] = /\/responses\/([^/]+)(?:\/content\/[^/]+)?$/.exec(pointer) ?? [];
    return status === undefined
      ? undefined
      : mine.find(({ response }) => response?.[status]?.schema)?.response?.[status]?.schema;
  }

  private reference(reference: string, file: string): void {
    const [path = "", pointer = ""] = reference.split("#");
    this.place(path === "" ? file : posix.normalize(posix.join(dirname(file), path)), pointer);
  }
}

class Tree {
  readonly #root: string;
  readonly #files = new Map<string, Json>();
  overrides: readonly Override[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  read(file: string): Json {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const data: Json = parse(readFileSync(join(this.#root, file), "utf8"));
    this.#files.set(file, data);
    return data;
  }
}

function overridesOf(service: { [key: string]: Json }): Override[] {
  const entries = Array.isArray(service["override"]) ? service["override"].filter(isMap) : [];
  return entries.map((entry) => ({
    operations: [...listed(entry["operation"]), ...listed(entry["operations"])],
    schemas: [...listed(entry["schema"]), ...listed(entry["schemas"])],
    ...(typeof entry["body"] === "string" ? { body: entry["body"] } : {}),
    // The shape of services.yaml, which its own tests guard.
    ...(isMap(entry["response"]) ? { response: entry["response"] as Record<string, { schema?: string }> } : {}),
    patch: [entry["merge"], entry["or"]].filter((part) => part !== undefined),
  }));
}

/** The only pattern in use is every YAML file of one folder. */
function matches(root: string, pattern: string): string[] {
  const [, folder] = /^([^*]*)\/\*\.yaml$/.exec(pattern) ?? [];
  if (folder === undefined) return [pattern];
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => `${folder}/${name}`);
}

/** For each service, the schema files that each operation reaches. */
export function reachedFiles(root: string): Map<string, Map<string, ReadonlySet<string>>> {
  const tree = new Tree(root);
  const manifest = tree.read("services.yaml");
  const services = isMap(manifest) && isMap(manifest["services"]) ? manifest["services"] : {};
  const reached = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const [name, service] of Object.entries(services)) {
    if (!isMap(service)) continue;
    tree.overrides = overridesOf(service);
    const implicit = isMap(service["implicit"]) ? Object.entries(service["implicit"]) : [];
    const operations = new Map<string, ReadonlySet<string>>();
    for (const file of listed(service["documents"]).flatMap((pattern) => matches(root, pattern))) {
      const document = tree.read(file);
      const paths = isMap(document) && isMap(document["paths"]) ? document["paths"] : {};
      for (const [path, item] of Object.entries(paths)) {
        if (!isMap(item)) continue;
        for (const [method, operation] of Object.entries(item)) {
          if (!methods.has(method) || !isMap(operation)) continue;
          const id = String(operation["operationId"]);
          const walk = new Walk(tree, id);
          const place = `/paths/${path.replaceAll("~", "~0").replaceAll("/", "~1")}/${method}`;
          walk.node(operation, file, place);
          const declared = isMap(operation["responses"]) ? Object.keys(operation["responses"]) : [];
          const mine = tree.overrides.filter(({ operations: ids }) => ids.includes(id));
          const added = mine.flatMap(({ response }) => Object.entries(response ?? {}));
          for (const [, { schema }] of added) if (schema) walk.file(schema);
          const all = [...declared, ...added.map(([status]) => status)];
          for (const [status, response] of implicit) {
            const schema = isMap(response) ? response["schema"] : undefined;
            if (!all.includes(status) && typeof schema === "string") walk.file(schema);
          }
          operations.set(id, walk.files);
        }
      }
    }
    reached.set(name, operations);
  }
  return reached;
}
