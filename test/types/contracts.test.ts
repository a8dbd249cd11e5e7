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

const describing = (body: string): string => `
  import type { Handler, Received } from "../../generated/seam/contract.js";
  export interface Listing {
    params: {};
    query: { limit?: number; from?: string };
    headers: {};
    body: undefined;
    defaulted: "limit";
    responses: { 200: { body: string[]; headers: {} }; 404: { body: { gone: true }; headers: {} }; "4XX": { body: { code: string }; headers: {} } };
    implicit: { 200: { body: { never: true }; headers: {} }; "5XX": { body: { failed: true }; headers: {} } };
  }
  ${body}
  export type { Handler, Received };
`;

const falling = (body: string): string => `
  import type { Handler, Received } from "../../generated/seam/contract.js";
  interface Problem { title: string }
  export interface Falling {
    params: {};
    query: {};
    headers: {};
    body: undefined;
    responses: { 200: { body: string[]; headers: {} }; "4XX": { body: { code: string }; headers: {} }; default: { body: Problem; headers: {} } };
    implicit: {};
  }
  ${body}
  export type { Handler, Received };
`;

const heading = (body: string): string => `
  import type { Handler, Received } from "../../generated/seam/contract.js";
  export interface Heading {
    params: {};
    query: {};
    headers: {};
    body: undefined;
    responses: { 200: { body: undefined; headers: { "x-count": number; "x-fresh"?: boolean } }; 404: { body: undefined; headers: {} } };
    implicit: {};
  }
  ${body}
  export type { Handler, Received };
`;

const carrying = (body: string): string => `
  import type { CallRequest } from "../../generated/seam/client.js";
  import type { Handler, Received } from "../../generated/seam/contract.js";
  type Bytes = ReadableStream<Uint8Array>;
  export interface Carrying {
    params: {};
    query: {};
    headers: {};
    body: { count: number } | string | Bytes;
    contents: { "application/json": { count: number }; "text/plain": string; "image/*": Bytes };
    assumed: "application/json";
    responses: { 200: { body: string | Bytes; contents: { "text/plain": string; "image/png": Bytes }; assumed: "text/plain"; headers: {} } };
    implicit: {};
  }
  export interface Plain { params: {}; query: {}; headers: {}; body: Bytes; responses: { 200: { body: Bytes; headers: {} } }; implicit: {} }
  ${body}
  export type { CallRequest, Handler, Received };
`;

const admitting = (body: string): string => `
  import type { Policy } from "../../generated/seam/server.js";
  import { protocolPolicy } from "../../runtime/http/policy.js";
  import { permitUnlessLocked } from "../../runtime/homeserver/domain/access.js";
  import type { Account, TokenOwner } from "../../runtime/ports/account-store.js";
  import type { Logger } from "../../runtime/ports/logger.js";
  import type { RequestContext } from "../../runtime/ports/requester.js";
  declare const log: Logger;
  declare const owners: { find(token: string): Promise<TokenOwner | undefined> };
  declare const policies: { owners: Policy<RequestContext<TokenOwner>>; accounts: Policy<RequestContext<Account>> };
  ${body}
  export { log, owners, permitUnlessLocked, policies, protocolPolicy };
  export type { Account, Policy, RequestContext, TokenOwner };
`;

const cases: readonly Case[] = [
  {
    name: "a permit that asks of a requester what the policy's requesters do not have",
    source: (token) =>
      admitting(
        `export const policy = protocolPolicy<${token}>({ codes: "client-server", authenticate: owners.find, permit: permitUnlessLocked, log });`,
      ),
    wrong: "Account",
    right: "TokenOwner",
    code: 2322,
  },
  {
    name: "a policy that is told more of its context than there is",
    source: (token) => admitting(`export const policy: Policy<RequestContext<Account>> = policies.${token};`),
    wrong: "owners",
    right: "accounts",
    code: 2375,
  },
  {
    name: "a body of another media type than is named",
    source: (token) =>
      carrying(`export const call: CallRequest<Carrying> = { contentType: ${token}, body: { count: 1 } };`),
    wrong: '"text/plain"',
    right: '"application/json"',
    code: 2322,
  },
  {
    name: "a body that is not of the assumed media type, unnamed",
    source: (token) => carrying(`export const call: CallRequest<Carrying> = { body: ${token} };`),
    wrong: '"text"',
    right: "{ count: 1 }",
    code: 2322,
  },
  {
    name: "a media type outside a range",
    source: (token) =>
      carrying(`export const call: CallRequest<Carrying> = { contentType: ${token}, body: new Blob() };`),
    wrong: '"audio/ogg"',
    right: '"image/gif"',
    code: 2322,
  },
  {
    name: "asking for a media type that nothing is answered in",
    source: (token) => carrying(`export const call: CallRequest<Carrying> = { accept: ${token}, body: { count: 1 } };`),
    wrong: '"text/html"',
    right: '"image/png"',
    code: 2322,
  },
  {
    name: "a handler that takes a body for one of another media type",
    source: (token) =>
      carrying(
        `export const handle: Handler<Carrying, unknown> = (asked) => ({ status: 200, body: asked.contentType === ${token} ? asked.body : "" });`,
      ),
    wrong: '"application/json"',
    right: '"text/plain"',
    code: 2322,
  },
  {
    name: "an answer in bytes that names no type",
    source: (token) =>
      carrying(
        `export const handle: Handler<Carrying, unknown> = () => ({ status: 200, ${token} body: new Uint8Array() });`,
      ),
    wrong: "",
    right: 'contentType: "image/png",',
    code: 2322,
  },
  {
    name: "an answer taken for one of another media type",
    source: (token) =>
      carrying(
        `export const read = (answer: Received<Carrying>): string => (answer.contentType === ${token} ? answer.body : "");`,
      ),
    wrong: '"image/png"',
    right: '"text/plain"',
    code: 2322,
  },
  {
    name: "bytes that are no bytes",
    source: (token) => carrying(`export const calls: CallRequest<Plain>[] = [${token}].map((body) => ({ body }));`),
    wrong: '"text"',
    right: "new Uint8Array(), new Blob()",
    code: 2322,
  },
  {
    name: "bytes that are read as if they were whole",
    source: (token) => carrying(`export const read = (answer: Received<Plain>): unknown => answer.body.${token};`),
    wrong: "byteLength",
    right: "getReader()",
    code: 2339,
  },
  {
    name: "a declared header of another type",
    source: (token) =>
      heading(
        `export const head: Handler<Heading, unknown> = () => ({ status: 200, headers: { "x-count": ${token}, "x-other": "a" } });`,
      ),
    wrong: '"1"',
    right: "1",
    code: 2322,
  },
  {
    name: "an answer without a header that the document requires",
    source: (token) =>
      heading(
        `export const head: Handler<Heading, unknown> = () => ({ status: 200, headers: { "${token}": 1, "x-fresh": true } });`,
      ),
    wrong: "x-other",
    right: "x-count",
    code: 2322,
  },
  {
    name: "a declared header read from a status that has none",
    source: (token) =>
      heading(
        `export const read = (got: Received<Heading>) => got.status === ${token} ? got.declaredHeaders["x-count"].toFixed() : got.headers.get("x-count");`,
      ),
    wrong: "404",
    right: "200",
    code: 7053,
  },
  {
    name: "a handler that takes for granted what its caller may leave out, and that no default stands for",
    source: (token) =>
      describing(
        `export const list: Handler<Listing, unknown> = ({ query }) => ({ status: 200, body: [query.${token}.toString()] });`,
      ),
    wrong: "from",
    right: "limit",
    code: 18048,
  },
  {
    name: "an answer that fits the range, with a status that has a key of its own",
    source: (token) =>
      describing(
        `export const list: Handler<Listing, unknown> = () => ({ status: ${token}, body: { code: "M_FORBIDDEN" } });`,
      ),
    wrong: "404",
    right: "403",
    code: 2322,
  },
  {
    name: "the body of a default, with a status that has a key of its own",
    source: (token) =>
      falling(`export const fall: Handler<Falling, unknown> = () => ({ status: ${token}, body: { title: "Down" } });`),
    wrong: "200",
    right: "503",
    code: 2322,
  },
  {
    name: "the body of a default, with a status of a range",
    source: (token) =>
      falling(`export const fall: Handler<Falling, unknown> = () => ({ status: ${token}, body: { title: "Down" } });`),
    wrong: "404",
    right: "301",
    code: 2322,
  },
  {
    name: "a success read from what a default may answer",
    source: (token) =>
      falling(`export const read = (got: Received<Falling>) => (got.status === ${token} ? got.body.length : 0);`),
    wrong: "500",
    right: "200",
    code: 2339,
  },
  {
    name: "a problem read where a status told that there is none",
    source: (token) =>
      falling(
        `export const read = (got: Received<Falling>) => (got.status ${token} 200 || "code" in got.body ? "" : got.body.title);`,
      ),
    wrong: "!==",
    right: "===",
    code: 2339,
  },
  {
    name: "an implicit body expected of a status that the operation declares",
    source: (token) =>
      describing(`export const read = (got: Received<Listing>) => got.status === ${token} ? got.body.failed : false;`),
    wrong: "200",
    right: "500",
    code: 2339,
  },
  {
    name: "a policy that answers a problem without a status",
    source: (token) => `
      import { type Admission, createServer, type Policy, Refused, unimplemented } from "../../generated/identity/index.js";
      const policy: Policy<Admission> = {
        admit: (admission) => admission,
        problem: () => ({ ${token}: 418, headers: {} }),
      };
      export const server = createServer(unimplemented, policy);
      export const isRefused = (error: unknown): boolean => error instanceof Refused && error.status === 401;
    `,
    wrong: "state",
    right: "status",
    code: 2322,
  },
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
