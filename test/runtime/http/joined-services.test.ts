import { describe, expect, it } from "vitest";
import type { OperationTable } from "../../../generated/seam/contract.js";
import { createServer, type RawAnswer, type RawRequest } from "../../../generated/seam/server.js";
import { joinedServices } from "../../../runtime/http/joined-services.js";

const json = { "application/json": "json" } as const;

/** A service whose operations answer its name. */
const named = (name: string, paths: readonly string[]) => {
  const operations: OperationTable = Object.fromEntries(
    paths.map((path) => [
      path,
      {
        id: path,
        method: "GET",
        path,
        auth: "none",
        security: [],
        parameters: [],
        body: null,
        responses: { "200": { content: json } },
        implicit: {},
        rateLimited: false,
        deprecated: false,
      } as const,
    ]),
  );
  const handlers = Object.fromEntries(paths.map((path) => [path, () => ({ status: 200, body: { name } })]));
  const problem = ({ kind }: { readonly kind: string }): RawAnswer => ({
    status: kind === "wrong-method" ? 405 : 404,
    headers: {},
    body: `${name}: ${kind}`,
  });
  return createServer<object, object>({ operations, requests: {} }, handlers, { admit: () => ({}), problem });
};

const requestOf = (method: string, target: string): RawRequest => ({
  method,
  target,
  header: () => undefined,
  body: () => undefined,
  signal: new AbortController().signal,
});

const joined = joinedServices(
  named("today's", ["/v3/login", "/versions"]),
  named("the old one", ["/r0/login", "/versions"]),
  named("the other servers'", ["/federation/keys"]),
);

const rows: readonly [method: string, target: string, status: number, said: string][] = [
  ["GET", "/v3/login", 200, "today's"],
  ["GET", "/r0/login?access_token=x", 200, "the old one"],
  ["GET", "/versions", 200, "today's"],
  ["GET", "/federation/keys", 200, "the other servers'"],
  ["GET", "http://host/federation/keys", 200, "the other servers'"],
  ["POST", "/r0/login", 405, "the old one: wrong-method"],
  ["GET", "/nowhere", 404, "today's: unknown-path"],
  ["GET", "/%zz%", 404, "today's: unknown-path"],
];

describe("services behind one port", () => {
  it.each(rows)("%s %s is answered %i by %s", async (method, target, status, said) => {
    const answer = await joined.answer(requestOf(method, target));
    expect(answer.status).toBe(status);
    expect(String(answer.body)).toContain(said);
  });

  it.each(rows.filter(([, target]) => target.startsWith("/")))(
    "fetches %s %s alike",
    async (method, target, status, said) => {
      const answer = await joined.fetch(new Request(`https://host${target}`, { method }));
      expect(answer.status).toBe(status);
      expect(await answer.text()).toContain(said);
    },
  );

  it("serves what any of them serves", () => {
    expect(joined.serves("/federation/keys")).toBe(true);
    expect(joined.serves("/nowhere")).toBe(false);
  });
});
