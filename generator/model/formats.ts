/** Formats: what becomes of those that everybody knows, and those that a project names in `services.yaml`. */

import type { Findings } from "../load/findings.js";
import type { NamedFormat } from "../load/manifest.js";
import type { FoundOperation } from "./documents.js";
import type { MediaModel, NamedSchema, ResponseModel, Schema } from "./model.js";
import { type Draft, mapInner } from "./schema.js";

/** What is done with each format that has a meaning here. Any other is kept in `openapi.json`, and means nothing. */
export const knownFormats: Readonly<Record<string, string>> = {
  date: "checked: a day as RFC 3339 writes it, `2026-02-28`",
  time: "checked: a time of RFC 3339, with its zone",
  "date-time": "checked: a day and a time of RFC 3339, with its zone",
  duration: "checked: a duration of ISO 8601, `P1DT2H`",
  email: "checked: a mail address of dotted words, at a domain of two labels or more",
  hostname: "checked: labels of letters, digits and inner hyphens",
  ipv4: "checked: four numbers up to 255",
  ipv6: "checked: an address of RFC 4291, without a zone",
  uri: "checked: an absolute URI of RFC 3986",
  "uri-reference": "checked: a URI of RFC 3986, absolute or relative",
  uuid: "checked: 36 characters of RFC 9562, with `urn:uuid:` before them or not",
  "json-pointer": "checked: a pointer of RFC 6901",
  byte: "checked: base64 with its padding; a `string` in types",
  int32: "checked: a whole number of 32 bits with a sign",
  int64: "checked: a whole number that JSON does not round, up to 2^53 - 1 on both sides of zero; a `number` in types",
  float: "checked: a finite number",
  double: "checked: a finite number",
  binary: "bytes: `Uint8Array` or a stream in types, whatever is in them",
  password: "not checked: a hint to forms",
};

interface Described {
  readonly found: readonly FoundOperation[];
  readonly implicit: readonly ResponseModel[];
  readonly schemas: readonly NamedSchema[];
}

/**
 * The formats of a project's own. Each is a pattern wherever it stands: types, checks, `openapi.json`, mocks and
 * comparisons know patterns already, and so does everybody else who reads the document.
 */
export class Formats {
  private readonly findings: Findings;
  private readonly named: ReadonlyMap<string, NamedFormat>;
  private readonly used = new Set<string>();

  constructor(named: readonly NamedFormat[], findings: Findings) {
    this.findings = findings;
    this.named = new Map(named.map((format) => [format.name, format]));
    for (const { name, node } of named.filter((format) => Object.hasOwn(knownFormats, format.name))) {
      this.findings.error("wrong-shape", node, {
        message: `the format ${name} has a meaning already`,
        hint: "give the format another name",
        part: "key",
      });
    }
  }

  /** The service with patterns where its formats stand. */
  apply(service: Described): Described {
    if (this.named.size === 0) return service;
    const content = (media: readonly MediaModel[]): readonly MediaModel[] =>
      media.map((one) => (one.schema === undefined ? one : { ...one, schema: this.spelled(one.schema) }));
    const ofEach = <Part extends { readonly schema: Schema }>(parts: readonly Part[]): readonly Part[] =>
      parts.map((part) => ({ ...part, schema: this.spelled(part.schema) }));
    const answer = (response: ResponseModel): ResponseModel => ({
      ...response,
      headers: ofEach(response.headers),
      content: content(response.content),
    });
    return {
      found: service.found.map((one) => ({
        ...one,
        operation: {
          ...one.operation,
          parameters: ofEach(one.operation.parameters),
          ...(one.operation.body && { body: { ...one.operation.body, content: content(one.operation.body.content) } }),
          responses: one.operation.responses.map(answer),
        },
      })),
      implicit: service.implicit.map(answer),
      schemas: ofEach(service.schemas),
    };
  }

  /** Reports every format that stands nowhere. */
  settle(): void {
    for (const { name, node } of this.named.values()) {
      if (this.used.has(name)) continue;
      this.findings.absence("unneeded-format", node, {
        message: `no schema of this service has the format ${name}`,
        hint: "remove the format, or correct its name",
        part: "key",
      });
    }
  }

  private spelled(schema: Schema): Schema {
    const view: Draft = mapInner(schema, (inner) => this.spelled(inner));
    const format = view.format === undefined ? undefined : this.named.get(view.format);
    if (format === undefined) return view;
    this.used.add(format.name);
    const { pattern, description } = format;
    if (view.pattern === undefined) view.pattern = pattern;
    else if (view.pattern !== pattern) view.allOf = [...(view.allOf ?? []), { pattern }];
    if (view.description === undefined && description !== undefined) view.description = description;
    return view;
  }
}
