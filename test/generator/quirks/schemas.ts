import { expect } from "vitest";
import { emitHandlers } from "../../../generator/emit/handlers.js";
import { operationData } from "../../../generator/emit/operation-data.js";
import { emitOperations } from "../../../generator/emit/operations.js";
import { emitTypes } from "../../../generator/emit/types.js";
import { liveChecks } from "../../../generator/emit/validators.js";
import { load } from "../load/fixture.js";
import {
  address,
  answered,
  example,
  parameter,
  type Quirk,
  quirks,
  repaired,
  sent,
  textOf,
  tolerated,
} from "./quirk.js";

/** What is odd about schemas, examples and descriptions. */
export const ofSchemas: readonly Quirk[] = [
  {
    number: 27,
    what: "a body that requires fields is required",
    fixture: quirks,
    given: ({ letters }) => letters.operation("sendLetter").body?.required,
    want: true,
  },
  {
    number: 28,
    what: "a body parameter has a type beside its schema",
    fixture: tolerated,
    given: (trees) => trees.tolerated.operation("send").body?.content[0]?.schema,
    want: { $ref: "#/components/schemas/SendRequest" },
  },
  {
    number: 29,
    what: "a body is another service's schema",
    fixture: quirks,
    given: ({ letters }) => letters.named("Type3pid").origin.file,
    want: "post/definitions/3pid.yaml",
  },
  {
    number: 30,
    what: "an object is all of others",
    fixture: quirks,
    given: async ({ letters }) => /ToAddress = ([^;]*);/u.exec(textOf(await emitTypes(letters.model)))?.[1],
    want: expect.stringContaining("Type3pid & "),
  },
  {
    number: 31,
    what: "a list of item schemas is a tuple, in either dialect",
    fixture: quirks,
    given: (trees) => [answered(trees, "pair"), trees.post.property("SendLetterResponse", "pair")],
    want: Array(2).fill({ type: "array", prefixItems: [{ type: "string" }, { type: "integer" }] }),
  },
  {
    number: 32,
    what: "types are lists, which hold schemas too",
    fixture: tolerated,
    given: (trees) => [answered(trees, "maybe"), repaired(trees, "tone")],
    want: [{ type: ["string", "null"] }, { anyOf: [{ type: "string" }, { type: "object" }] }],
  },
  {
    number: 33,
    what: "properties are described by pattern; the empty one is every name",
    fixture: quirks,
    given: async ({ post }) => textOf(await emitTypes(post.model)).replaceAll(/\s+/gu, " "),
    want: expect.stringContaining("users?: { [key: string]: string; }"),
  },
  {
    number: 34,
    what: "a described property contradicts what all others are",
    fixture: quirks,
    given: async ({ letters }) => textOf(await emitTypes(letters.model)).replaceAll(/\s+/gu, " "),
    want: expect.stringContaining(
      "terms?: { version?: string; [key: string]: { url?: string; } | string | undefined; }",
    ),
  },
  {
    number: 35,
    what: "a pattern was swallowed by a description: an override says it",
    fixture: quirks,
    given: (trees) => sent(trees, "room_id"),
    want: { type: "string", description: 'The room.\npattern: "^!"', pattern: "^!" },
  },
  {
    number: 36,
    what: "formats that nobody defined mean nothing",
    fixture: quirks,
    given: (trees) => sent(trees, "user"),
    want: { type: "string", format: "mx-user-id", pattern: "^@" },
  },
  {
    number: 37,
    what: "milliseconds are int64 here and integers there",
    fixture: quirks,
    given: async (trees) => {
      const { model } = trees.letters;
      const check = liveChecks(model).requests["sendLetter"]?.body;
      const moments = [1, 2 ** 53, 1.5, "1"].map(
        (moment) => check?.({ user: "@owl:forest.example", sent_at: moment })?.keyword,
      );
      const types = textOf(await emitTypes(model));
      return [
        sent(trees, "sent_at"),
        sent(trees, "read_at"),
        /sent_at\?: .*|read_at\?: .*/gu.exec(types)?.[0],
        moments,
      ];
    },
    want: [
      { type: "integer", format: "int64" },
      { type: "integer" },
      "sent_at?: number;",
      [undefined, "format", "type", "type"],
    ],
  },
  {
    number: 38,
    what: "an example of another type changes no type",
    fixture: quirks,
    given: ({ letters }) => parameter(letters, "sendLetter", "roomId")?.schema.type,
    want: "string",
  },
  {
    number: 39,
    what: "the default of a required parameter is never applied",
    fixture: quirks,
    given: ({ letters }) => parameter(letters, "isValid", "kind"),
    want: expect.objectContaining({ required: true, schema: { type: "string" } }),
  },
  {
    number: 40,
    what: "an example breaks the pattern beside it and stays as it is",
    fixture: quirks,
    given: (trees) => sent(trees, "secret"),
    want: { type: "string", pattern: "^[a-z]+$", examples: ["d0n'tT3ll"] },
  },
  {
    number: 41,
    what: "failures have no schema",
    fixture: quirks,
    given: async ({ letters }) => [
      letters.operation("sendLetter").responses.find(({ status }) => status === "3XX")?.content,
      operationData(letters.model, letters.operation("sendLetter")).responses["3XX"],
      liveChecks(letters.model).responses["sendLetter"]?.["3XX"],
      textOf(await emitOperations(letters.model)),
    ],
    want: [[], { content: {} }, undefined, expect.stringMatching(/"3XX": \{ body: undefined;/u)],
  },
  {
    number: 42,
    what: "prose alone says that forms are taken: an override says it",
    fixture: "positive/overrides",
    given: async () => (await load("overrides")).operation("sendUnstableV2").body?.content.map((one) => one.mediaType),
    want: ["application/json", "application/x-www-form-urlencoded"],
  },
  {
    number: 43,
    what: "versions in extensions keep their spelling",
    fixture: quirks,
    given: ({ post }) => post.operation("sendLetter").extensions,
    want: { "x-addedInMatrixVersion": "1.10", "x-changedInMatrixVersion": { "1.8": "renamed", "1.18": "again" } },
  },
  {
    number: 44,
    what: "a description cannot end the comment that it stands in",
    fixture: quirks,
    given: ({ letters }) => textOf(emitHandlers(letters.model)).includes("comment */ early"),
    want: false,
  },
  {
    number: 45,
    what: "deprecated are operations, parameters and properties",
    fixture: quirks,
    given: (trees) => [
      trees.letters.operation("sendLetter").deprecated,
      parameter(trees.post, "sendLetter", "filter")?.deprecated,
      sent(trees, "old"),
    ],
    want: [true, true, { type: "string", deprecated: true }],
  },
  {
    number: 46,
    what: "titles and file names are no identifiers",
    fixture: quirks,
    given: ({ letters }) => letters.schema("Type3pid").title,
    want: "3PID mappings",
  },
  {
    number: 47,
    what: "flow maps end with a comma, and keys hold colons",
    fixture: quirks,
    given: ({ letters }) => Object.keys(Object(letters.schema("SendLetterResponse").examples?.[0])),
    want: ["pair", "ed25519:3:"],
  },
  {
    number: 48,
    what: "files have aliases, and no newline at their end",
    fixture: quirks,
    given: (trees) => [trees.post.schema("Type3pid").properties, example(trees)],
    want: [
      { medium: { type: "string" }, address: { type: "string" } },
      [expect.objectContaining({ value: expect.objectContaining({ address }) })],
    ],
  },
  {
    number: 49,
    what: "file names hold a dollar sign and no extension, and files begin with dashes",
    fixture: quirks,
    given: example,
    want: [expect.objectContaining({ value: expect.objectContaining({ signatures: { server: "forest.example" } }) })],
  },
  {
    number: 50,
    what: "parameters of a path, headers of answers, forms of several parts",
    fixture: quirks,
    given: ({ post }) => {
      const { parameters, responses, body } = post.operation("sendLetter");
      return [parameters[0]?.name, responses[0]?.headers[0]?.name, body?.content[0]?.mediaType];
    },
    want: ["box", "x-place", "multipart/form-data"],
  },
  {
    number: 51,
    what: "a query takes fields of any name",
    fixture: quirks,
    given: ({ letters, post }) => [
      parameter(letters, "getKey", "fields")?.schema,
      parameter(post, "sendLetter", "fields")?.schema,
    ],
    want: Array(2).fill({ type: "object", additionalProperties: { type: "string" } }),
  },
  {
    number: 52,
    what: "operations are called after themselves, not after their file",
    fixture: quirks,
    given: ({ letters }) => letters.operation("deactivate").origin.file,
    want: "letters/password.yaml",
  },
];
