/** One service: its documents read, its overrides applied, its names settled. */

import type { Findings } from "../load/findings.js";
import type { ServiceManifest } from "../load/manifest.js";
import type { Node } from "../load/node.js";
import type { Library } from "../load/read.js";
import { aboutService, readAbout } from "./about.js";
import { directed, inputSuffix } from "./directions.js";
import { byStatus, type FoundOperation } from "./documents.js";
import { warnOfMisfits } from "./example-checks.js";
import { Formats } from "./formats.js";
import type { Dialect } from "./keywords.js";
import { type Linked, refuseUnknownLinks } from "./linked-operations.js";
import type { AboutModel, OperationModel, Schema, ServiceModel, Source } from "./model.js";
import { FileNames, type Tree } from "./names.js";
import { readOpenapi3 } from "./openapi3.js";
import { Overrides } from "./overrides.js";
import { SchemaPatches } from "./patches.js";
import { Paths } from "./paths.js";
import { Pins } from "./pins.js";
import { reachable } from "./reachable.js";
import { References } from "./references.js";
import { lookupIn, requiredOf } from "./required.js";
import { Schemas } from "./schemas.js";
import { Security } from "./security.js";
import { readSwagger2 } from "./swagger2.js";
import { settleOperations } from "./uniqueness.js";

export interface EntryDocument {
  readonly document: Node;
  readonly dialect: Dialect;
}

interface ServiceInput {
  readonly manifest: ServiceManifest;
  readonly documents: readonly EntryDocument[];
  /** Every file that the documents reach. */
  readonly sources: readonly Source[];
  readonly library: Library;
  readonly tree: Tree;
  /** The folder of the service's own documents, relative to the root. */
  readonly home: string;
  readonly findings: Findings;
}

/** A body that its document forgot to require is required when its schema requires fields. */
const requireBody = (operation: OperationModel, isRequiring: (schema: Schema) => boolean): OperationModel => {
  const { body } = operation;
  if (body === undefined || body.required) return operation;
  const required = body.content.some(({ schema }) => schema !== undefined && isRequiring(schema));
  return required ? { ...operation, body: { ...body, required } } : operation;
};

const byPath = (a: OperationModel, b: OperationModel): number => {
  const keyOf = ({ path, method, id }: OperationModel): string => `${path} ${method} ${id}`;
  return keyOf(a) < keyOf(b) ? -1 : 1;
};

const sourcesOf = (files: readonly Source[]): readonly Source[] =>
  [...new Map(files.map(({ file, sha256 }) => [file, { file, sha256 }])).values()].sort((a, b) =>
    a.file < b.file ? -1 : 1,
  );

/** Makes the model; everything that is wrong goes to the findings. */
export const readService = ({
  manifest,
  documents,
  sources,
  library,
  tree,
  home,
  findings,
}: ServiceInput): ServiceModel => {
  const references = new References(library, findings);
  const patches = new SchemaPatches(manifest.overrides, references, findings);
  const pins = new Pins(manifest.names, references, findings);
  const schemas = new Schemas({ references, findings, fileNames: new FileNames(tree, home), pins, patches });
  const security = new Security(references, findings);
  const paths = new Paths(manifest.prefixes, findings);

  const linked: Linked[] = [];
  const abouts: AboutModel[] = [];
  const found = documents.flatMap(({ document, dialect }): readonly FoundOperation[] => {
    const read = dialect === "swagger-2.0" ? readSwagger2 : readOpenapi3;
    const around = { document, dialect, references, schemas, security, paths, findings, linked };
    abouts.push(readAbout(around));
    return read(around);
  });
  const overrides = new Overrides(schemas, documents[0]?.dialect ?? "openapi-3.1", findings);
  const changed = overrides.apply(found, manifest.overrides);
  const declared = manifest.implicit.map((response) => overrides.response(response)).sort(byStatus);

  const formats = new Formats(manifest.formats, findings);
  const described = formats.apply({ found: changed, implicit: declared, schemas: schemas.finish() });
  const {
    found: sided,
    implicit,
    schemas: unsorted,
  } = directed(described, (name) => schemas.claimInput(name, name + inputSuffix));
  const named = [...unsorted].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lookup = lookupIn(named);
  const settled = settleOperations(
    sided.map((one) => ({
      ...one,
      operation: requireBody(one.operation, (schema) => requiredOf(schema, lookup).length > 0),
    })),
    lookup,
    findings,
  );
  const operations = settled.flatMap(({ operation, trigger }) => (trigger === undefined ? [operation] : []));
  const webhooks = settled.flatMap(({ operation, trigger }) => (trigger === undefined ? [] : [{ operation, trigger }]));
  const all = settled.map(({ operation }) => operation);
  refuseUnknownLinks(linked, new Set(all.map(({ id }) => id)), findings);
  const used = reachable(all, implicit, named);

  const about = aboutService(abouts);
  paths.settle();
  patches.settle();
  pins.settle();
  formats.settle();
  findings.settle();
  if (findings.errors.length === 0)
    warnOfMisfits({ operations: all, schemas: named, examples: schemas.examples, findings });
  return {
    name: manifest.name,
    title: manifest.title,
    version: manifest.version,
    ...(manifest.description === undefined ? {} : { description: manifest.description }),
    schemas: named.filter(({ name }) => used.has(name)),
    operations: operations.sort(byPath),
    webhooks: webhooks.sort((a, b) => byPath(a.operation, b.operation)),
    ...security.finish(all),
    ...(about === undefined ? {} : { about }),
    implicit,
    sources: sourcesOf([manifest.node.source, ...sources]),
  };
};
