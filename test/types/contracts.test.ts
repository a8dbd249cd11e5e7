import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { codesByFile } from "../support/compiler.js";

/** A source with one token left open: with `wrong` in it the compiler complains, with `right` it does not. */
interface Case {
  readonly name: string;
  readonly source: (token: string) => string;
  readonly wrong: string;
  readonly right: string;
  readonly code: number;
}

const implementing = (body: string): string => `
  import { type Handlers, unimplemented } from "../../generated/identity/index.js";
  const { ping, ...rest } = unimplemented;
  export const handlers: Handlers<{ readonly user: string }> = ${body};
  export { ping, rest };
`;

const calling = (body: string): string => `
  import { createIdentityClient } from "../../generated/identity/index.js";
  const client = createIdentityClient({ baseUrl: "https://id.example" });
  const session = { client_secret: "hush", email: "owl@forest.example", send_attempt: 1 };
  ${body}
  export { client, session };
`;

const cases: readonly Case[] = [
  {
    name: "an implementation that misses an operation",
    source: (token) => implementing(`{ ...${token} }`),
    wrong: "rest",
    right: "unimplemented",
    code: 2741,
  },
  {
    name: "an operation that does not exist",
    source: (token) => implementing(`{ ...unimplemented, ${token}: () => ({ status: 200, body: {} }) }`),
    wrong: "pong",
    right: "ping",
    code: 2353,
  },
  {
    name: "an undeclared status",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: ${token}, body: { sid: "1" } }) }`),
    wrong: "201",
    right: "200",
    code: 2322,
  },
  {
    name: "a misspelt field of an answer",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, body: { ${token}: "1" } }) }`),
    wrong: "side",
    right: "sid",
    code: 2322,
  },
  {
    name: "a field of the wrong type",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, body: { sid: ${token} } }) }`),
    wrong: "1",
    right: '"1"',
    code: 2322,
  },
  {
    name: "an answer without the body that its status has",
    source: (token) =>
      implementing(`{ ...unimplemented, emailRequestTokenV2: () => ({ status: 200, ${token}: { sid: "1" } }) }`),
    wrong: "headers",
    right: "body",
    code: 2322,
  },
  {
    name: "a handler that misspells a field of its request",
    source: (token) =>
      implementing(
        `{ ...unimplemented, emailRequestTokenV2: ({ body }) => ({ status: 200, body: { sid: body.${token} } }) }`,
      ),
    wrong: "client_secrets",
    right: "client_secret",
    code: 2551,
  },
  {
    name: "a handler that asks its context for what is not there",
    source: (token) =>
      implementing(
        `{ ...unimplemented, emailRequestTokenV2: (_request, { ${token} }) => ({ status: 200, body: { sid: ${token} } }) }`,
      ),
    wrong: "owner",
    right: "user",
    code: 2339,
  },
  {
    name: "a call that misspells a field",
    source: (token) =>
      calling(
        `export const answer = client.emailRequestTokenV2({ body: { ...session, ${token}: "https://x.example" } });`,
      ),
    wrong: "nextLink",
    right: "next_link",
    code: 2561,
  },
  {
    name: "an optional field that is given as undefined",
    source: (token) =>
      calling(`export const answer = client.emailRequestTokenV2({ body: { ...session, next_link: ${token} } });`),
    wrong: "undefined",
    right: '""',
    code: 2375,
  },
  {
    name: "the body of a success read from another status",
    source: (token) =>
      calling(
        `export const answer = client.emailRequestTokenV2({ body: session }).then((got) => (got.status === ${token} ? got.body.sid : ""));`,
      ),
    wrong: "400",
    right: "200",
    code: 2339,
  },
  {
    name: "a call without the part that its operation needs",
    source: (token) => calling(`export const answer = client.getPubKeyV2({ ${token}: { keyId: "ed25519:0" } });`),
    wrong: "query",
    right: "params",
    code: 2345,
  },
];

const virtualPath = (index: number, kind: "wrong" | "right"): string =>
  join(import.meta.dirname, `case-${index}-${kind}.ts`);

let codes: Map<string, number[]>;
beforeAll(() => {
  const sources = cases.flatMap(({ source, wrong, right }, index) => [
    [virtualPath(index, "wrong"), source(wrong)] as const,
    [virtualPath(index, "right"), source(right)] as const,
  ]);
  codes = codesByFile(new Map(sources));
});

test.each(cases.map((entry, index) => ({ ...entry, index })))(
  "$name does not compile, its twin does",
  ({ index, code }) => {
    expect(codes.get(virtualPath(index, "wrong"))).toContain(code);
    expect(codes.get(virtualPath(index, "right"))).toEqual([]);
  },
);
