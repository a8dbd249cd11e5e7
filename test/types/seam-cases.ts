/** What an operation's types do not let be answered, sent or read. */

import type { Case } from "./case.js";

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

export const seamCases: readonly Case[] = [
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
];
