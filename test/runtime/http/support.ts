/** A small service behind the protocol's policy, for the tests of http. */

import type { OperationTable } from "../../../generated/seam/contract.js";
import { createServer, type RawAnswer, type Server } from "../../../generated/seam/server.js";
import { type HttpListener, type HttpOptions, httpListener } from "../../../runtime/http/node-listener.js";
import { type ProtocolPolicyOptions, protocolPolicy } from "../../../runtime/http/policy.js";
import type { LogFields, Logger } from "../../../runtime/ports/logger.js";
import type { RequestContext } from "../../../runtime/ports/requester.js";

const json = { "application/json": "json" } as const;
const plain = {
  security: [],
  parameters: [],
  body: null,
  implicit: {},
  rateLimited: false,
  deprecated: false,
} as const;
const answers = { "200": { content: json } } as const;

export const operations = {
  ping: { ...plain, id: "ping", method: "GET", path: "/_matrix/identity/v2", auth: "none", responses: answers },
  account: {
    ...plain,
    id: "account",
    method: "GET",
    path: "/_matrix/identity/v2/account",
    auth: "required",
    responses: answers,
  },
  unbind: {
    ...plain,
    id: "unbind",
    method: "POST",
    path: "/_matrix/identity/v2/3pid/unbind",
    auth: "optional",
    body: { required: true, content: json },
    responses: answers,
  },
  bind: {
    ...plain,
    id: "bind",
    method: "POST",
    path: "/_matrix/identity/v2/3pid/bind",
    auth: "none",
    body: { required: true, content: json },
    responses: answers,
  },
  lookup: {
    ...plain,
    id: "lookup",
    method: "GET",
    path: "/_matrix/identity/api/v1/lookup",
    auth: "none",
    parameters: [{ name: "medium", in: "query", required: true, type: "string" }],
    responses: answers,
  },
  lookup2: {
    ...plain,
    id: "lookup2",
    method: "GET",
    path: "/_matrix/identity/v2/lookup",
    auth: "none",
    parameters: [{ name: "medium", in: "query", required: true, type: "string" }],
    responses: answers,
  },
  page: {
    ...plain,
    id: "page",
    method: "GET",
    path: "/page",
    auth: "none",
    responses: { "200": { content: { "text/html": "text" } } },
  },
} as const satisfies OperationTable;

interface Part<Body> {
  params: Record<never, never>;
  query: Record<never, never>;
  headers: Record<never, never>;
  body: Body;
  responses: { 200: { body: unknown; headers: Record<never, never> } };
  implicit: Record<never, never>;
}

export interface Operations {
  ping: Part<undefined>;
  account: Part<undefined>;
  unbind: Part<unknown>;
  bind: Part<{ sid: string }>;
  lookup: Part<undefined>;
  lookup2: Part<undefined>;
  page: Part<undefined>;
}

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

export const collectingLog = (): { readonly lines: Line[]; readonly log: Logger } => {
  const lines: Line[] = [];
  const at = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields });
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
};

export type User = "alice";

/** What `ping` does, and how the policy differs from the usual one. */
export interface Settings extends Partial<ProtocolPolicyOptions<User>> {
  readonly ping?: (context: RequestContext<User>) => unknown;
  /** Called before the page is answered. */
  readonly page?: () => unknown;
}

export const bindCheck = (value: unknown) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { path: "", keyword: "type", message: "must be object" };
  if (!("sid" in value)) return { path: "", keyword: "required", missing: "sid", message: "lacks sid" };
  return typeof value.sid === "string" ? undefined : { path: "/sid", keyword: "type", message: "must be string" };
};

export const service = ({ ping, page, ...settings }: Settings = {}): Server => {
  const policy = protocolPolicy<User>({
    codes: "identity",
    authenticate: async (token) => (token === "good" ? "alice" : undefined),
    log: collectingLog().log,
    ...settings,
  });
  return createServer<Operations, RequestContext<User>>(
    { operations, requests: { bind: { body: bindCheck } } },
    {
      ping: async (_, context) => ({ status: 200, body: (await ping?.(context)) ?? {} }),
      account: (_, { requester }) => ({ status: 200, body: { requester } }),
      unbind: (_, { requester = "nobody" }) => ({ status: 200, body: { requester } }),
      bind: ({ body }) => ({ status: 200, body }),
      lookup: () => ({ status: 200, body: {} }),
      lookup2: () => ({ status: 200, body: {} }),
      page: () => {
        page?.();
        return { status: 200, body: "<!DOCTYPE html>" };
      },
    },
    policy,
  );
};

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly remoteAddress?: string;
  readonly signal?: AbortSignal;
}

export const ask = async (server: Server, method: string, target: string, asked: Asked = {}): Promise<RawAnswer> =>
  server.answer({
    method,
    target,
    header: (name) => asked.headers?.[name],
    body: () => (asked.body === undefined ? undefined : new TextEncoder().encode(asked.body)),
    signal: asked.signal ?? new AbortController().signal,
    remoteAddress: asked.remoteAddress ?? "192.0.2.1",
  });

/** Runs something against a listener on a free port, and closes it. */
export const listening = async (
  server: Pick<Server, "answer">,
  options: Partial<HttpOptions>,
  run: (port: number, listener: HttpListener) => Promise<void>,
): Promise<void> => {
  const listener = httpListener(server, { host: "127.0.0.1", port: 0, closeTimeoutMs: 500, ...options });
  const address = await listener.listen();
  try {
    await run(typeof address === "object" && address !== null ? address.port : 0, listener);
  } finally {
    await listener.close();
  }
};
