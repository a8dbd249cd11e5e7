import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { validatedSession } from "../identity/identity-server.js";
import { address, alice, at, type Session } from "./alice.js";
import { registerUser } from "./homeserver.js";
import { bothServers, idServer, type Servers } from "./identity-server.js";

describe("binding and unbinding (J4, J5)", () => {
  let servers: Servers;
  let accessToken: string;
  let id_access_token: string;
  beforeEach(async () => {
    servers = await bothServers();
    accessToken = (await registerUser(servers.server, "alice")).accessToken;
    id_access_token = await servers.identity.issueToken(alice);
  });
  afterEach(() => servers.close());

  const named = { id_server: idServer };
  const bind = (session: Session, more: object = {}) =>
    servers.server.v3.bind3PID({ body: { ...session, ...named, id_access_token, ...more } }, { accessToken });
  const unbind = (more: object = {}) =>
    servers.server.v3.unbind3pidFromAccount({ body: { medium: "email", address, ...more } }, { accessToken });
  const recorded = () => servers.server.storage.recordedBindings.list(alice);
  const lookup = async () => {
    const found = await servers.identity.client.orThrow.lookupUser({ query: { medium: "email", address } });
    return "mxid" in found ? found.mxid : undefined;
  };

  it("publishes what the identity server validated, by version 2, and leaves the account alone", async () => {
    const session = await validatedSession(servers.identity, "Alice@example.org");
    expect(await bind(session)).toMatchObject({ status: 200, body: {} });
    expect(servers.asked).toEqual([
      "GET /_matrix/identity/v2/3pid/getValidated3pid",
      "POST /_matrix/identity/v2/3pid/bind",
    ]);
    expect(await lookup()).toBe(alice);
    expect(await recorded()).toEqual([{ mxid: alice, medium: "email", address, idServer }]);
    expect((await servers.server.v3.orThrow.getAccount3PIDs({}, { accessToken })).threepids).toEqual([]);
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "success" } });
    expect([await lookup(), await recorded()]).toEqual([undefined, []]);
  });

  it("does so whoever else has it bound, or on an account", async () => {
    const bob = await registerUser(servers.server, "bob");
    await servers.server.accounts.addThreepid(bob.mxid, { medium: "email", address, ...at });
    const theirs = await validatedSession(servers.identity, address, "theirs");
    await servers.identity.client.orThrow.bind({ body: { ...theirs, mxid: bob.mxid } });
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    expect(await lookup()).toBe(alice);
  });

  it("passes on what the identity server refuses with, and remembers nothing", async () => {
    const session = await validatedSession(servers.identity, address);
    expect(await bind({ ...session, client_secret: "guessed" })).toMatchObject({
      status: 404,
      body: { errcode: "M_NO_VALID_SESSION" },
    });
    expect(await bind(session, { id_access_token: "nobodys" })).toMatchObject({
      status: 403,
      body: { errcode: "M_UNAUTHORIZED" },
    });
    const unsigned = { errcode: "M_TERMS_NOT_SIGNED", error: "Please accept our terms of service." };
    for (const path of ["getValidated3pid", "bind"]) {
      servers.stand.in = (request) =>
        new URL(request.url).pathname.endsWith(path)
          ? Response.json(unsigned, { status: 403 })
          : servers.identity.fetch(request);
      expect(await bind(session)).toMatchObject({ status: 403, body: unsigned });
    }
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ["email", `${"a".repeat(600)}@example.org`],
    ["email", "x".repeat(500_000)],
    ["email", "no address"],
    ["email", "alice@example.org, bob@example.org"],
    ["msisdn", "4".repeat(16)],
    ["msisdn", "+44 7400 123456"],
    ["msisdn", ""],
    ["pigeon", "coo"],
  ])("keeps nothing of what is no address, whoever confirms it: %s %.20s", async (medium, confirmed) => {
    servers.stand.in = () => Response.json({ medium, address: confirmed, validated_at: 1 });
    expect(await bind({ sid: "1", client_secret: "secret" })).toMatchObject({
      status: 502,
      body: { errcode: "M_UNKNOWN" },
    });
    expect([await recorded(), servers.asked.length]).toEqual([[], 1]);
  });

  it("keeps a hundred bindings of a user, and tells who wants more", async () => {
    let number = 0;
    servers.stand.in = (request) => {
      if (request.url.includes("getValidated3pid")) number += 1;
      const confirmed = { medium: "email", address: `alice+${number}@example.org`, validated_at: 1 };
      return Response.json({ ...confirmed, mxid: alice, ts: 1, not_before: 1, not_after: 2, signatures: {} });
    };
    const session = { sid: "1", client_secret: "secret" };
    for (let count = 0; count < 100; count += 1) expect(await bind(session)).toMatchObject({ status: 200 });
    const before = servers.asked.length;
    const refused = { status: 403, body: { errcode: "M_FORBIDDEN", error: expect.stringContaining("unbind one") } };
    expect(await bind(session)).toMatchObject(refused);
    // Asked what was confirmed, and not to bind it.
    expect([servers.asked.length, (await recorded()).length]).toEqual([before + 1, 100]);
  });

  it("remembers a binding whose answer never came", async () => {
    const session = await validatedSession(servers.identity, address);
    servers.stand.in = async (request) => {
      const answer = await servers.identity.fetch(request);
      if (request.url.endsWith("/bind")) throw new TypeError("fetch failed");
      return answer;
    };
    expect(await bind(session)).toMatchObject({ status: 502, body: { errcode: "M_UNKNOWN" } });
    servers.stand.in = undefined;
    expect(await lookup()).toBe(alice);
    expect(await unbind()).toMatchObject({ body: { id_server_unbind_result: "success" } });
    expect(await lookup()).toBeUndefined();
  });

  it.each([
    [`https://${idServer}/`, 200],
    ["unreachable.example", 502],
    ["id.example.org/path", 400],
    ["user@id.example.org", 400],
  ])("turns to id_server %j: %s", async (id_server, status) => {
    const session = await validatedSession(servers.identity, address);
    expect((await bind(session, { id_server })).status).toBe(status);
  });

  it("takes back at every place that it knows of, and succeeds when all of them do", async () => {
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    const elsewhere = { mxid: alice, medium: "email", address, idServer: "a.example" } as const;
    await servers.server.storage.recordedBindings.record(elsewhere, 9);
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
    // The one that answered is done with; the other is asked again later.
    expect([await lookup(), await recorded()]).toEqual([undefined, []]);
    expect(await servers.server.storage.outbox.nextDue("unbind")).toBeDefined();
  });

  it("keeps the address on the account, and knows nothing to take back twice", async () => {
    await servers.server.accounts.addThreepid(alice, { medium: "email", address, ...at });
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    expect(await unbind(named)).toMatchObject({ body: { id_server_unbind_result: "success" } });
    expect(await unbind()).toMatchObject({ status: 200, body: { id_server_unbind_result: "no-support" } });
    expect((await servers.server.v3.orThrow.getAccount3PIDs({}, { accessToken })).threepids).toHaveLength(1);
  });

  it("passes on a refusal to unbind, and still knows of the binding", async () => {
    expect(await bind(await validatedSession(servers.identity, address))).toMatchObject({ status: 200 });
    servers.stand.in = () => Response.json({ errcode: "M_UNKNOWN", error: "no" }, { status: 400 });
    expect(await unbind()).toMatchObject({ status: 400, body: { errcode: "M_UNKNOWN" } });
    expect(await recorded()).toHaveLength(1);
  });

  it("is no matter for guests, and is limited", async () => {
    const { access_token = "" } = await servers.server.client.orThrow.register({ query: { kind: "guest" }, body: {} });
    const body = { sid: "1", client_secret: "secret", ...named };
    expect(await servers.server.v3.bind3PID({ body }, { accessToken: access_token })).toMatchObject({ status: 403 });
    servers.server.limiter.refused.add("bind.mxid");
    expect(await bind({ sid: "1", client_secret: "secret" })).toMatchObject({ status: 429 });
    expect(await unbind()).toMatchObject({ status: 429 });
  });
});
