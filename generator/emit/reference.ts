/** `reference.html` of a service: one page that needs nothing but itself, for people who call the service. */

import { createHash } from "node:crypto";
import type {
  ExampleModel,
  MediaModel,
  OperationModel,
  ParameterModel,
  ResponseModel,
  ServiceModel,
} from "../model/model.js";
import type { EmittedFile } from "./file.js";
import { implicitResponses, resolve } from "./parts.js";
import { serverUrls, tagWords, waysIn } from "./reference-about.js";
import {
  type FieldView,
  fieldOf,
  fieldsOf,
  notesOf,
  type Piece,
  paragraphsOf,
  typeAnchor,
  typeOf,
} from "./reference-schema.js";
import { fill, fillPage } from "./template.js";
import { toolchain } from "./tools.js";
import { receiverOf } from "./webhooks.js";

interface ContentView {
  readonly mediaTypes: string;
  readonly type: readonly Piece[];
  readonly notes: readonly string[];
  readonly fields: readonly FieldView[];
  readonly examples: readonly string[];
}

const exampleText = ({ value }: ExampleModel): string =>
  typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");

/** Media types that carry the same thing are told once; what a named type holds is told where a body is that type. */
function contentViews(model: ServiceModel, content: readonly MediaModel[]): readonly ContentView[] {
  const alike = new Map<string, MediaModel[]>();
  for (const media of content) {
    const key = JSON.stringify(media.schema ?? null);
    alike.set(key, [...(alike.get(key) ?? []), media]);
  }
  return [...alike.values()].map((group) => {
    const schema = group[0]?.schema ?? {};
    return {
      mediaTypes: group.map(({ mediaType }) => mediaType).join(" or "),
      type: typeOf(schema),
      notes: notesOf(schema),
      fields: fieldsOf(resolve(model, schema)),
      examples: [
        ...new Set(group.flatMap(({ examples }) => examples.filter((one) => "value" in one).map(exampleText))),
      ],
    };
  });
}

const familyOf = (status: string): string => {
  const [digit = ""] = status;
  return /[1-5]/u.test(digit) ? `s${digit}` : "s0";
};

function responseView(model: ServiceModel, { status, description, headers, content }: ResponseModel) {
  return {
    status,
    family: familyOf(status),
    isSuccess: familyOf(status) === "s2",
    paragraphs: paragraphsOf(description),
    headers: headers.map(({ name, schema, required, description: words }) =>
      fieldOf(name, schema, { required, description: words }),
    ),
    content: contentViews(model, content),
  };
}

const places = [
  ["path", "Path"],
  ["query", "Query"],
  ["header", "Headers"],
  ["cookie", "Cookies"],
] as const;

function parameterGroups(parameters: readonly ParameterModel[]) {
  return places
    .map(([place, title]) => ({
      title,
      fields: parameters
        .filter((parameter) => parameter.in === place)
        .map(({ name, schema, required, deprecated, description }) =>
          fieldOf(name, schema, { required, deprecated, description }),
        ),
    }))
    .filter(({ fields }) => fields.length > 0);
}

/** A path in pieces, so that its placeholders stand out. */
const pathPieces = (path: string) =>
  path
    .split(/(\{[^{}]+\})/u)
    .filter((text) => text !== "")
    .map((text) => ({ text, isPlaceholder: text.startsWith("{") }));

const authWords = { none: "", optional: "access token optional", required: "access token" } as const;

/** Which document an operation stands in is news where there are several. */
const isOfMany = ({ operations }: ServiceModel): boolean =>
  new Set(operations.map(({ origin: { file } }) => file)).size > 1;

function operationView(model: ServiceModel, operation: OperationModel) {
  const { id, method, path, summary = "", description, deprecated, auth, body, responses, origin } = operation;
  return {
    id,
    anchor: `operation-${id}`,
    method,
    path: pathPieces(path),
    pathText: path,
    summary,
    paragraphs: paragraphsOf(description),
    isDeprecated: deprecated,
    auth: authWords[auth],
    isRateLimited: operation.rateLimited,
    file: isOfMany(model) ? origin.file : "",
    parameters: parameterGroups(operation.parameters),
    body:
      body === undefined
        ? []
        : [
            {
              isOptional: !body.required,
              paragraphs: paragraphsOf(body.description),
              content: contentViews(model, body.content),
            },
          ],
    responses: responses.map((response) => responseView(model, response)),
    implicit: implicitResponses(model, operation)
      .map(({ status }) => status)
      .join(", "),
  };
}

/** What stands where others have tags, or where there is but one document. */
function titleOfUntagged(model: ServiceModel, { origin }: OperationModel): string {
  if (model.operations.some(({ tags }) => tags.length > 0)) return untagged;
  return isOfMany(model) ? origin.file.replace(/\.[^./]+$/u, "") : "Operations";
}

const untagged = "Other operations";

/** By the first tag, or where there is none by the document; in the order of their titles, those without any last. */
function operationGroups(model: ServiceModel) {
  const groups = new Map<string, OperationModel[]>();
  for (const operation of model.operations) {
    const title = operation.tags[0] ?? titleOfUntagged(model, operation);
    groups.set(title, [...(groups.get(title) ?? []), operation]);
  }
  const served = [...groups]
    .sort(([a], [b]) => Number(a === untagged) - Number(b === untagged) || (a < b ? -1 : 1))
    .map(([title, operations], index) => ({
      title,
      anchor: `group-${index + 1}`,
      paragraphs: paragraphsOf(tagWords(model, title)),
      operations: operations.map((operation) => operationView(model, operation)),
    }));
  return [...served, ...sentGroup(model)];
}

/** What the service sends stands last; its path is what the document calls it. */
function sentGroup(model: ServiceModel) {
  const receiver = receiverOf(model);
  if (receiver === undefined) return [];
  const operations = model.webhooks.map(({ trigger, operation }) => ({
    ...operationView(receiver, operation),
    path: pathPieces(trigger.kind === "callback" ? trigger.expression : trigger.name),
  }));
  return [{ title: "What the service sends", anchor: "sent", operations }];
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** The whole page. It may load nothing and run only its own script: its policy says so, by digest. */
export function emitReference(model: ServiceModel): EmittedFile[] {
  const { name, title, version, description, operations, schemas, implicit } = model;
  const script = fill("reference-script", {});
  const style = fill("reference-style", {});
  const text = fillPage("reference", {
    title,
    version,
    paragraphs: paragraphsOf(description),
    generator: toolchain().generator,
    style,
    styleDigest: digest(style),
    script,
    scriptDigest: digest(script),
    operationCount: operations.length,
    servers: serverUrls(model),
    ways: waysIn(model),
    groups: operationGroups(model),
    implicit: implicit.map((response) => responseView(model, response)),
    types: schemas.map(({ name: type, schema }) => ({
      name: type,
      anchor: typeAnchor(type),
      type: typeOf(schema),
      notes: notesOf(schema),
      paragraphs: paragraphsOf(schema.description),
      fields: fieldsOf(schema),
    })),
  });
  return [{ path: `${name}/reference.html`, text: text.trimStart() }];
}
