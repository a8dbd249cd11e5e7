/** The internal API over its own port: what is bound there is bound, and nobody else gets in. */

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createIdentityInternalClient,
  type OperationId,
  operations,
} from "../../../generated/identity-internal/index.js";
import { responses } from "../../../generated/identity-internal/responses.js";
import { compose, type Program, type Urls } from "../../../runtime/compose.js";
import { parseConfiguration } from "../../../runtime/config/load.js";
import { describeCompleteness } from "../../contract/completeness.js";
import { Coverage } from "../../contract/contract.js";
import { type Answered, fittingStatus } from "../../contract/judge.js";
import type { Unreachable } from "../../contract/unreachable.js";
import { fakeCourier, fakeSms } from "../fakes.js";

const secret = "a secret of sixteen".replaceAll(" ", "-");
const told: unknown[] = [];
let folder: string;
let program: Program;
let urls: Urls;

const configuration = (internal: object, more: object = {}) =>
  parseConfiguration(
    JSON.stringify({
      identity: {
        server_name: "id.example.org",
        public_base_url: "http://localhost",
        listen: { port: 0 },
        database: join(folder, "identity.sqlite"),
        internal,
        ...more,
      },
      mailbox: { listen: { port: 0 } },
      log: { level: "silent" },
    }),
    "test",
  );

const start = async (internal: object, more: object = {}) => {
  program = await compose(configuration({ enabled: true, listen: { port: 0 }, ...internal }, more), {
    courier: fakeCourier(),
    sms: fakeSms(),
    homeservers: {
      userinfo: async () => ({ outcome: "unreachable", reason: "nobody" }),
      onbind: async (_server, association) => {
        told.push(association);
        return { outcome: "taken" };
      },
    },
  });
  urls = await program.listen();
};

beforeEach(() => {
  told.length = 0;
  folder = mkdtempSync(join(tmpdir(), "threepid-internal-"));
});
afterEach(async () => {
  await program.close();
  rmSync(folder, { recursive: true, force: true });
});

const alice = { medium: "email", address: "Alice@Example.org", mxid: "@alice:example.org" };

const call = async (name: string, body: unknown, init: RequestInit = {}) => {
  const response = await fetch(`${urls.internal}/_matrix/identity/internal/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
  const text = await response.text();
  const answered = { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  judge(name, response, text, answered.body);
  return answered;
};

const coverage = new Coverage();

/** Every answer of an operation is one that the document declares. */
const judge = (name: string, { status, headers }: Response, text: string, body: Answered["body"]): void => {
  const id = { bind: "internalBind", unbind: "internalUnbind" }[name];
  if (id !== "internalBind" && id !== "internalUnbind") return;
  const answered = { status, headers: Object.fromEntries(headers), text, body, errcode: undefined };
  const fitting = fittingStatus(operations[id], responses[id], answered);
  if ("faults" in fitting) throw new Error(`${id}: ${fitting.faults.join("; ")}`);
  coverage.note(id, fitting.key);
};

const alice200 = { mxid: alice.mxid };

/** With a Host header of its own, as a browser sends it that was told a wrong address. */
const callAs = (host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", host };
    request(`${urls.internal}/_matrix/identity/internal/bind`, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end(JSON.stringify(alice));
  });

const lookup = async (medium: string, address: string) =>
  (await fetch(`${urls.identity}/_matrix/identity/api/v1/lookup?${new URLSearchParams({ medium, address })}`)).json();

describe("the internal API", () => {
  it("binds as a proven session would: signed, found, told to the homeserver; and unbinds", async () => {
    await start({ secret });
    const bound = await call("bind", alice);
    expect(bound).toMatchObject({
      status: 200,
      body: { medium: "email", address: "alice@example.org", mxid: alice.mxid, signatures: { "id.example.org": {} } },
    });
    expect(await lookup("email", "ALICE@example.org")).toEqual(bound.body);
    await expect.poll(() => told).toMatchObject([{ address: "alice@example.org", mxid: alice.mxid }]);

    expect(await call("unbind", { ...alice, mxid: "@mallory:example.org" })).toEqual({ status: 200, body: {} });
    expect(await lookup("email", alice.address)).toMatchObject({ mxid: alice.mxid });
    expect(await call("unbind", alice)).toEqual({ status: 200, body: {} });
    expect(await lookup("email", alice.address)).toEqual({});
  });

  it("is asked by the client that is generated for it", async () => {
    await start({ secret });
    const client = createIdentityInternalClient({ baseUrl: urls.internal ?? "", accessToken: secret, retries: 0 });
    const body = { ...alice, medium: "email" } as const;
    expect(await client.orThrow.internalBind({ body })).toMatchObject({ address: "alice@example.org" });
    expect(await client.orThrow.internalUnbind({ body })).toEqual({});
  });

  it("hands the invites that waited to whom it binds", async () => {
    await start({ secret });
    await fetch(`${urls.identity}/_matrix/identity/api/v1/store-invite`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...alice, room_id: "!room:example.org", sender: "@bob:example.org" }),
    });
    expect((await call("bind", alice)).body.invites).toMatchObject([
      { room_id: "!room:example.org", mxid: alice.mxid },
    ]);
  });

  it("takes nobody without its secret", async () => {
    await start({ secret });
    for (const authorization of ["", "Bearer wrong", `Basic ${secret}`, `Bearer ${secret}x`]) {
      const headers = { "content-type": "application/json", authorization };
      for (const name of ["bind", "unbind"]) {
        expect(await call(name, alice, { headers })).toMatchObject({
          status: 401,
          body: { errcode: "M_UNAUTHORIZED" },
        });
      }
    }
    expect(await lookup("email", alice.address)).toEqual({});
  });

  it.each([
    ["bind", "{", 400, "M_NOT_JSON"],
    ["bind", "[]", 400, "M_BAD_JSON"],
    ["bind", { medium: "email" }, 400, "M_MISSING_PARAMS"],
    ["bind", { ...alice, address: 7 }, 400, "M_INVALID_PARAM"],
    ["bind", { ...alice, medium: "post" }, 400, "M_INVALID_PARAM"],
    ["bind", { ...alice, address: "a@b.test@c.test" }, 400, "M_INVALID_EMAIL"],
    ["bind", { ...alice, medium: "msisdn", address: "call me" }, 400, "M_INVALID_ADDRESS"],
    ["bind", { ...alice, mxid: "alice" }, 400, "M_INVALID_PARAM"],
    ["bind", { ...alice, address: "a".repeat(20_000) }, 413, "M_TOO_LARGE"],
    ["unbind", "{", 400, "M_NOT_JSON"],
    ["unbind", { ...alice, medium: "post" }, 400, "M_INVALID_PARAM"],
    ["unbind", { ...alice, mxid: "@alice" }, 400, "M_INVALID_PARAM"],
    ["unbind", { ...alice, address: "a".repeat(20_000) }, 413, "M_TOO_LARGE"],
    ["other", alice, 404, "M_UNRECOGNIZED"],
    ["constructor", alice, 404, "M_UNRECOGNIZED"],
  ] as const)("%s of %j is %i %s", async (name, body, status, errcode) => {
    await start({ secret });
    expect(await call(name, body)).toMatchObject({ status, body: { errcode } });
  });

  it("needs no secret on this machine, and is no target for pages in a browser", async () => {
    await start({});
    const headers = { "content-type": "text/plain" };
    for (const name of ["bind", "unbind"]) {
      expect(await call(name, alice, { headers })).toMatchObject({ status: 415 });
      expect(await call(name, "", { method: "GET", body: null })).toMatchObject({ status: 405 });
    }
    const asking = { "access-control-request-method": "POST", origin: "https://elsewhere.example" };
    const preflight = await fetch(`${urls.internal}/_matrix/identity/internal/bind`, {
      method: "OPTIONS",
      headers: asking,
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(await call("bind", alice, { headers: { "content-type": "application/json" } })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ["localhost", 200],
    ["127.0.0.1:8091", 200],
    ["[::1]:8091", 200],
    ["rebound.example.org:8091", 403],
    ["127.0.0.1.rebound.example.org", 403],
  ])("without a secret, reached as %j, answers %i: names of others may lead here, too", async (host, status) => {
    await start({});
    expect(await callAs(host)).toBe(status);
    expect(await lookup("email", alice.address)).toEqual(status === 200 ? expect.objectContaining(alice200) : {});
  });

  it("serves the allowed homeservers' users alone, and still unbinds the others'", async () => {
    await start({ secret }, { allowed_homeservers: ["other.example"] });
    expect(await call("bind", alice)).toMatchObject({ status: 403, body: { errcode: "M_UNAUTHORIZED" } });
    expect(await call("unbind", alice)).toMatchObject({ status: 200 });
  });

  it("is not on the public port, and off unless it is wanted", async () => {
    await start({ secret });
    const path = "/_matrix/identity/internal/bind";
    expect((await fetch(`${urls.identity}${path}`, { method: "POST", body: "{}" })).status).toBe(404);
    await program.close();
    await start({ enabled: false });
    expect(urls.internal).toBeUndefined();
  });

  it("does not start where everybody reaches it and there is no secret", async () => {
    await start({ secret });
    expect(() => configuration({ enabled: true, listen: { host: "0.0.0.0" } })).toThrow(
      /internal API would let everybody who reaches 0\.0\.0\.0 bind any address to any user; set "identity\.internal\.secret"/,
    );
    expect(() => configuration({ enabled: true, listen: { host: "0.0.0.0" }, secret })).not.toThrow();
  });
});

const unreachable: readonly Unreachable<OperationId>[] = [
  { status: "404", operations: () => true, because: "Both operations are served." },
  { status: "429", operations: () => true, because: "The operator's own homeserver is not counted." },
  {
    status: "403",
    operations: ["internalUnbind"],
    because:
      "Whoever unbinds need not be served; that a name leads here is asked before any operation, and shown by bind.",
  },
  {
    status: "5XX",
    operations: () => true,
    because: "Only a failure of this server itself, or of its disk, leads there.",
  },
];

describe("what the document declares", () => describeCompleteness(operations, unreachable, () => coverage));
