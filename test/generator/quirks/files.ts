import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { emitCalls } from "../../../generator/emit/calls.js";
import { operationData } from "../../../generator/emit/operation-data.js";
import { loadServices } from "../../../generator/load/services.js";
import { createRouter } from "../../../generator/seam/router.js";
import { copyOf } from "../../support/tree.js";
import { fixtures, load } from "../load/fixture.js";
import {
  address,
  answered,
  codesOf,
  example,
  parameter,
  pathOf,
  type Quirk,
  quirks,
  routesOf,
  statuses,
  textOf,
  tolerated,
} from "./quirk.js";

/** What a reference through a linked folder leads to, when the link is a link. */
const throughLink = async (): Promise<unknown> => {
  const root = copyOf(`${fixtures}positive/quirks`);
  symlinkSync("../events", join(root, "letters/linked"));
  const file = join(root, "letters/send.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("../events/address.json", "linked/address.json"));
  const { services } = await loadServices({ root });
  const found = services[0]?.operations.find(({ id }) => id === "sendLetter")?.responses[0]?.content[0]?.examples[0];
  return found?.value;
};

/** What is odd about files, references and operations. */
export const ofFiles: readonly Quirk[] = [
  {
    number: 1,
    what: "a flow map ends at the indentation of its key",
    fixture: quirks,
    given: ({ letters }) => letters.schema("SendLetterResponse").examples,
    want: [{ pair: ["a", 1], "ed25519:3:": "key" }],
  },
  {
    number: 2,
    what: "a prefix variable in the base path is replaced, and never left over",
    fixture: "negative/leftover-placeholder",
    given: async ({ letters }) => [pathOf(letters, "isValid"), await codesOf("negative/leftover-placeholder")],
    want: ["/api/r0/keys/isvalid", expect.arrayContaining(["leftover-placeholder"])],
  },
  {
    number: 3,
    what: "ranges of statuses in lower case stand behind the exact ones",
    fixture: quirks,
    given: ({ letters }) => statuses(letters.operation("sendLetter")),
    want: ["200", "3XX", "403", "404", "4XX"],
  },
  {
    number: 4,
    what: "statuses are numbers here and quoted there",
    fixture: quirks,
    given: ({ letters }) => statuses(letters.operation("sendLetter")).filter((status) => /^40/u.test(status)),
    want: ["403", "404"],
  },
  {
    number: 5,
    what: "a schema stands among the examples of a response",
    fixture: tolerated,
    given: (trees) => trees.tolerated.operation("send").responses[0]?.content[0]?.schema,
    want: { $ref: "#/components/schemas/SendResponse" },
  },
  {
    number: 6,
    what: "a schema's example is keyed by media type",
    fixture: tolerated,
    given: (trees) => trees.tolerated.schema("SendRequest").examples,
    want: [{ text: "Hello" }],
  },
  {
    number: 7,
    what: "operations have no ids, and answers no schema",
    fixture: "positive/oldest",
    given: ({ oldest }) => oldest.model.operations.map(({ id }) => id),
    want: ["getAccount3pid", "postAccount3pid", "postAccount3pidByMediumRequestToken"],
  },
  {
    number: 8,
    what: "what is not required is optional, and a described answer may have no body",
    fixture: quirks,
    given: ({ letters }) => [
      letters.schema("SendLetterRequest").required,
      letters.operation("sendLetter").responses.find(({ status }) => status === "403")?.content,
    ],
    want: [["user"], []],
  },
  {
    number: 9,
    what: "a page that is no document is refused",
    fixture: "negative/yaml-syntax",
    given: () => codesOf("negative/yaml-syntax"),
    want: expect.arrayContaining(["yaml-syntax"]),
  },
  {
    number: 10,
    what: "siblings of a reference merge in 2.0 and conjoin in 3.1",
    fixture: quirks,
    given: (trees) => [answered(trees, "signatures"), trees.post.property("SendLetterResponse", "contact")],
    want: [
      expect.objectContaining({ required: ["key", "server"], description: "The siblings of a reference count." }),
      { allOf: [{ $ref: "#/components/schemas/Type3pid" }, expect.objectContaining({ required: ["address"] })] },
    ],
  },
  {
    number: 11,
    what: "a reference into the same file means the file that holds it",
    fixture: quirks,
    given: ({ post }) => [parameter(post, "sendLetter", "filter")?.schema, post.named("Filter").origin.file],
    want: [{ $ref: "#/components/schemas/Filter" }, "post/post.yaml"],
  },
  {
    number: 12,
    what: "one file is one type, however it is reached",
    fixture: quirks,
    given: ({ letters }) => letters.model.schemas.filter(({ origin }) => origin.file.endsWith("error.yaml")).length,
    want: 1,
  },
  {
    number: 13,
    what: "a reference passes through a symbolic link inside the root",
    fixture: quirks,
    given: throughLink,
    want: expect.objectContaining({ address }),
  },
  {
    number: 14,
    what: "a reference in an example leads nowhere",
    fixture: quirks,
    given: ({ letters }) =>
      letters.warnings.flatMap(({ code, origin }) =>
        code === "dangling-example" ? [`${origin.file}:${origin.line}`] : [],
      ),
    want: ["letters/send.yaml:66"],
  },
  {
    number: 15,
    what: "a reference in an example is data, and no type",
    fixture: quirks,
    given: (trees) => [example(trees), trees.letters.model.schemas.filter(({ origin }) => /json$/u.test(origin.file))],
    want: [[expect.objectContaining({ value: expect.objectContaining({ address }) })], []],
  },
  {
    number: 16,
    what: "a property says itself that it is required, and keys are misspelt",
    fixture: tolerated,
    given: (trees) => [trees.tolerated.schema("SendRequest").required, trees.tolerated.schema("SendRequest")],
    want: [["text"], expect.not.objectContaining({ pattren: "x" })],
  },
  {
    number: 17,
    what: "security names a scheme that nobody defines",
    fixture: tolerated,
    given: (trees) => [trees.tolerated.operation("send").auth, trees.tolerated.operation("send").security],
    want: ["required", [["token"]]],
  },
  {
    number: 18,
    what: "security definitions are references, and a scheme has a name of its own",
    fixture: quirks,
    given: async ({ letters, post }) => {
      const schemes = /export const securitySchemes = (.*?) as const/su;
      const printed = [letters, post].map(async ({ model }) => schemes.exec(textOf(await emitCalls(model)))?.[1]);
      return [letters.model.securitySchemes, post.model.securitySchemes, ...(await Promise.all(printed))];
    },
    want: [
      { accessToken: { type: "apiKey", in: "query", name: "access_token" } },
      { accessTokenBearer: { type: "http", scheme: "bearer" }, signedRequest: { type: "http", scheme: "X-Matrix" } },
      '{ accessToken: { type: "apiKey", in: "query", name: "access_token" } }',
      expect.stringContaining('signedRequest: { type: "http", scheme: "X-Matrix" }'),
    ],
  },
  {
    number: 19,
    what: "an empty alternative makes authentication optional",
    fixture: quirks,
    given: ({ post }) => post.operation("sendLetter").auth,
    want: "optional",
  },
  {
    number: 20,
    what: "errors that no operation declares are declared for the service",
    fixture: quirks,
    given: ({ letters }) => letters.model.implicit.map(({ status }) => status),
    want: ["429"],
  },
  {
    number: 21,
    what: "a written segment wins over a parameter",
    fixture: quirks,
    given: ({ letters }) =>
      [routesOf(letters), routesOf(letters).reverse()].map((routes) => {
        const match = createRouter(routes).find("GET", "/api/r0/keys/isvalid");
        return match.kind === "found" ? match.targets[0].path : match.kind;
      }),
    want: ["/api/r0/keys/isvalid", "/api/r0/keys/isvalid"],
  },
  {
    number: 22,
    what: "a path parameter is said to be optional: at the end of a path that is two routes",
    fixture: tolerated,
    given: (trees) => {
      const { tolerated: tree } = trees;
      const one = tree.operation("letters");
      const all = tree.operation("lettersWithoutId");
      const router = createRouter([one, all].map((operation) => operationData(tree.model, operation)));
      const found = ["/api/boxes/1/letters/2", "/api/boxes/1/letters"].map((path) => router.find("GET", path));
      return [
        parameter(tree, "send", "id")?.required,
        [one, all].map(({ parameters }) => parameters.map(({ name, required }) => [name, required])),
        found.map((match) => (match.kind === "found" ? match.targets[0].id : match.kind)),
      ];
    },
    want: [
      true,
      [
        [
          ["box", true],
          ["id", true],
        ],
        [["box", true]],
      ],
      ["letters", "lettersWithoutId"],
    ],
  },
  {
    number: 23,
    what: "a space tells two operations apart that their bodies tell apart",
    fixture: quirks,
    given: ({ letters }) => [pathOf(letters, "sendLetter"), pathOf(letters, "sendLetterToAddress")],
    want: ["/api/r0/rooms/{roomId}/letter", "/api/r0/rooms/{roomId}/letter"],
  },
  {
    number: 24,
    what: "ids repeat across services, and differ by case alone within one",
    fixture: "negative/name-clash",
    given: async ({ letters, post }) => [
      letters.operation("sendLetter").method,
      post.operation("sendLetter").method,
      await codesOf("negative/name-clash"),
    ],
    want: ["POST", "PUT", expect.arrayContaining(["name-clash"])],
  },
  {
    number: 25,
    what: "two documents describe one route",
    fixture: "positive/twice",
    given: async () => [(await load("twice")).model.operations.length, await codesOf("negative/duplicate-operation")],
    want: [1, ["operation-twice", "duplicate-operation"]],
  },
  {
    number: 26,
    what: "files share a base, paths repeat versions, servers are templates",
    fixture: quirks,
    given: ({ letters, post }) => [pathOf(letters, "deactivate"), pathOf(post, "sendLetter")],
    want: ["/api/r0/v2/deactivate", "/post/v3/boxes/{box}"],
  },
];
