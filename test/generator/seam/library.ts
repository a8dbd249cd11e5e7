/** A small hand-made service for the seam's tests: what a generator would print for a library of books. */

import type {
  Check,
  OperationTable,
  RequestChecks,
  ResponseChecks,
  SecuritySchemes,
} from "../../../generator/seam/contract.js";
import type { HandlersOf } from "../../../generator/seam/server.js";

const json = { "application/json": "json" } as const;
const fault = { "4XX": { content: json }, "5XX": { content: json } } as const;

const common = {
  auth: "none",
  security: [],
  parameters: [],
  body: null,
  implicit: fault,
  rateLimited: false,
  deprecated: false,
} as const;

export const operations = {
  ping: { ...common, id: "ping", method: "GET", path: "/v1/ping", responses: { "200": { content: json } } },
  getBook: {
    ...common,
    id: "getBook",
    method: "GET",
    path: "/v1/books/{isbn}",
    parameters: [
      { name: "isbn", in: "path", required: true, type: "string" },
      { name: "page", in: "query", required: false, type: "integer", default: 1 },
      { name: "exact", in: "query", required: false, type: "boolean" },
      { name: "weight", in: "query", required: false, type: "number" },
      { name: "tags", in: "query", required: false, type: "array", items: "string", separator: "multi" },
      { name: "ids", in: "query", required: false, type: "array", items: "integer", separator: "," },
      { name: "X-Trace", in: "header", required: false, type: "string" },
    ],
    responses: { "200": { content: json }, "404": { content: json } },
  },
  isValid: {
    ...common,
    id: "isValid",
    method: "GET",
    path: "/v1/books/isvalid",
    parameters: [{ name: "isbn", in: "query", required: true, type: "string" }],
    responses: { "200": { content: json } },
  },
  addBook: {
    ...common,
    id: "addBook",
    method: "POST",
    path: "/v1/books",
    auth: "required",
    security: [["token"]],
    body: { required: true, content: json },
    responses: {
      "201": { content: json, headers: [{ name: "location", in: "header", required: true, type: "string" }] },
    },
  },
  rate: {
    ...common,
    id: "rate",
    method: "POST",
    path: "/v1/rate",
    body: {
      required: true,
      content: { ...json, "application/x-www-form-urlencoded": "form" },
      fields: [
        { name: "isbn", in: "form", required: true, type: "string" },
        { name: "stars", in: "form", required: false, type: "integer", default: 3 },
      ],
    },
    responses: { "200": { content: json } },
  },
  inviteUser: {
    ...common,
    id: "inviteUser",
    method: "POST",
    path: "/v1/invite",
    body: { required: true, content: json },
    responses: { "200": { content: json } },
  },
  inviteAddress: {
    ...common,
    id: "inviteAddress",
    method: "POST",
    path: "/v1/invite",
    body: { required: true, content: json },
    responses: { "200": { content: json } },
  },
  page: {
    ...common,
    id: "page",
    method: "GET",
    path: "/v1/page",
    responses: { "200": { content: { "text/html": "text" } }, "3XX": { content: {} } },
  },
  upload: {
    ...common,
    id: "upload",
    method: "PUT",
    path: "/v1/cover",
    body: { required: true, content: { "image/png": "bytes", "image/*": "bytes" } },
    responses: { "200": { content: { "application/octet-stream": "bytes" } } },
  },
  leave: {
    ...common,
    id: "leave",
    method: "POST",
    path: "/v1/leave",
    auth: "required",
    security: [["key"]],
    responses: { "204": { content: {} } },
  },
} as const satisfies OperationTable;

export const securitySchemes: SecuritySchemes = {
  token: { type: "http", scheme: "bearer" },
  key: { type: "apiKey", in: "query", name: "access_token" },
};

interface Fault {
  "4XX": { body: { error: string }; headers: Record<never, never> };
  "5XX": { body: { error: string }; headers: Record<never, never> };
}

interface Plain<Body> {
  200: { body: Body; headers: Record<never, never> };
}

interface Part {
  params: Record<never, never>;
  query: Record<never, never>;
  headers: Record<never, never>;
  body: undefined;
  implicit: Fault;
}

export interface Found {
  isbn: string;
  page: number;
  exact?: boolean;
  weight?: number;
  tags?: string[];
  ids?: number[];
  trace?: string;
}

export interface Operations {
  ping: Part & { responses: Plain<Record<string, never>> };
  getBook: Omit<Part, "params" | "query" | "headers"> & {
    params: { isbn: string };
    query: { page?: number; exact?: boolean; weight?: number; tags?: string[]; ids?: number[] };
    headers: { "X-Trace"?: string };
    responses: Plain<Found> & { 404: { body: { error: string }; headers: Record<never, never> } };
  };
  isValid: Omit<Part, "query"> & { query: { isbn: string }; responses: Plain<{ valid: boolean }> };
  addBook: Omit<Part, "body"> & {
    body: { title: string; author: { name: string } };
    responses: { 201: { body: { title: string }; headers: { location: string } } };
  };
  rate: Omit<Part, "body"> & {
    body: { isbn: string; stars?: number };
    responses: Plain<{ isbn: string; stars: number }>;
  };
  inviteUser: Omit<Part, "body"> & { body: { user_id: string }; responses: Plain<{ by: string }> };
  inviteAddress: Omit<Part, "body"> & { body: { address: string }; responses: Plain<{ by: string }> };
  page: Part & { responses: Plain<string> & { "3XX": { body: unknown; headers: Record<never, never> } } };
  upload: Omit<Part, "body"> & {
    body: ReadableStream<Uint8Array>;
    contents: { "image/png": ReadableStream<Uint8Array>; "image/*": ReadableStream<Uint8Array> };
    assumed: "image/png";
    responses: Plain<ReadableStream<Uint8Array>>;
  };
  leave: Part & { responses: { 204: { body: undefined; headers: Record<never, never> } } };
}

const needs =
  (required: readonly string[], texts: readonly string[] = required): Check =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { path: "", keyword: "type", message: "must be object" };
    }
    const members = new Map<string, unknown>(Object.entries(value));
    const missing = required.find((name) => !members.has(name));
    if (missing !== undefined) return { path: "", keyword: "required", missing, message: `lacks ${missing}` };
    const wrong = texts.find((name) => members.has(name) && typeof members.get(name) !== "string");
    return wrong === undefined ? undefined : { path: `/${wrong}`, keyword: "type", message: "must be string" };
  };

const book: Check = (value) => {
  const violation = needs(["title", "author"], ["title"])(value);
  if (violation !== undefined) return violation;
  const author: unknown = typeof value === "object" && value !== null && "author" in value ? value.author : undefined;
  const inner = needs(["name"])(author);
  return inner && { ...inner, path: `/author${inner.path}` };
};

const pageNumber: Check = (value) => {
  const page: unknown = typeof value === "object" && value !== null && "page" in value ? value.page : undefined;
  return typeof page === "number" ? undefined : { path: "/page", keyword: "type", message: "must be integer" };
};

export const requests: Readonly<Record<string, RequestChecks>> = {
  getBook: { query: pageNumber },
  addBook: { body: book },
  rate: { body: needs(["isbn"]) },
  inviteUser: { body: needs(["user_id"]) },
  inviteAddress: { body: needs(["address"]) },
};

export const responses: Readonly<Record<string, ResponseChecks>> = {
  getBook: { "200": needs(["isbn"]) },
  isValid: { "200": needs(["valid"], []) },
};

export type LibraryHandlers<Context> = HandlersOf<Operations, Context>;

/** Handlers that tell what they were given. */
export const handlers: LibraryHandlers<unknown> = {
  ping: () => ({ status: 200, body: {} }),
  getBook: ({ params, query, headers }) => {
    const { "X-Trace": trace } = headers;
    return { status: 200, body: { isbn: params.isbn, page: 0, ...query, ...(trace === undefined ? {} : { trace }) } };
  },
  isValid: async ({ query }) => ({ status: 200, body: { valid: query.isbn === "1" } }),
  addBook: ({ body }) => ({ status: 201, body: { title: body.title }, headers: { location: "/v1/books/1" } }),
  rate: ({ body }) => ({ status: 200, body: { isbn: body.isbn, stars: body.stars ?? 0 } }),
  inviteUser: () => ({ status: 200, body: { by: "user" } }),
  inviteAddress: () => ({ status: 200, body: { by: "address" } }),
  page: () => ({ status: 200, body: "<p>hello</p>" }),
  upload: ({ body }) => ({ status: 200, body }),
  leave: () => ({ status: 204 }),
};
