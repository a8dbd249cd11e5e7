/**
 * The link by which a mailed invite is accepted. Web clients POST `null` to it and leave every field in its query, as
 * version 1 once allowed for any operation; here it is allowed for this one.
 */

import type { RawRequest, Server } from "../../generated/seam/server.js";

const path = "/_matrix/identity/api/v1/sign-ed25519?";
const form = "application/x-www-form-urlencoded";

const isSigningLink = (method: string, target: string): boolean =>
  method === "POST" && target.startsWith(path) && target.includes("private_key=");

const queryOf = (target: string): string => target.slice(target.indexOf("?") + 1);

/** The same request with the query's fields as a form. */
const withForm = (request: RawRequest): RawRequest => ({
  method: request.method,
  target: request.target,
  header: (name) => (name === "content-type" ? form : request.header(name)),
  body: () => new TextEncoder().encode(queryOf(request.target)),
  signal: request.signal,
  remoteAddress: request.remoteAddress,
});

/** A server that takes the signing link's query for its body. */
export const takingSigningLinks = (server: Server): Server => ({
  answer: (request) => server.answer(isSigningLink(request.method, request.target) ? withForm(request) : request),
  fetch: (request) => {
    const { pathname, search } = new URL(request.url);
    if (!isSigningLink(request.method, `${pathname}${search}`)) return server.fetch(request);
    const { method, signal } = request;
    const headers = new Headers(request.headers);
    headers.set("content-type", form);
    return server.fetch(new Request(request.url, { method, signal, headers, body: queryOf(search) }));
  },
});
