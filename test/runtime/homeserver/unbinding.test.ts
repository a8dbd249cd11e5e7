/** Taking bindings back from an identity server that is out at first. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OutboxWorker, outboxWorker } from "../../../runtime/delivery/outbox-worker.js";
import { unbindKind, unbindSender, unbindStands, unbindTurn } from "../../../runtime/homeserver/domain/unbinding.js";
import { systemRandom } from "../../../runtime/protocol/tokens.js";
import { validatedSession } from "../identity/identity-server.js";
import { password, registerUser } from "./homeserver.js";
import { bothServers, idServer } from "./identity-server.js";

const alice = "@alice:example.org";
const address = "alice@example.org";
const minute = 60_000;

let servers: Awaited<ReturnType<typeof bothServers>>;
let accessToken: string;
let worker: OutboxWorker;
beforeEach(async () => {
  servers = await bothServers();
  const { server, identityServers } = servers;
  const { storage, clock, log } = server;
  accessToken = (await registerUser(server, "alice")).accessToken;
  worker = outboxWorker({
    ...storage,
    clock,
    log,
    random: systemRandom,
    kind: unbindKind,
    send: unbindSender({ identityServers, log }),
    stands: unbindStands(storage),
    turn: unbindTurn(server.turns),
  });
});
afterEach(() => servers.close());

/** Adds the address, and has it bound. */
const bind = async (clientSecret = "first"): Promise<void> => {
  const session = await validatedSession(servers.identity, address, clientSecret);
  const three_pid_creds = { ...session, id_server: idServer };
  await servers.server.client.orThrow.post3PIDs({ body: { three_pid_creds, bind: true } }, { accessToken });
};
const remove = (more: object = {}) =>
  servers.server.client.delete3pidFromAccount({ body: { medium: "email", address, ...more } }, { accessToken });
const deactivate = () =>
  servers.server.client.deactivateAccount({ body: { auth: { type: "m.login.password", user: "alice", password } } });
const isBound = async () => {
  const found = await servers.identity.client.orThrow.lookupUser({ query: { medium: "email", address } });
  return "mxid" in found;
};
const unbindings = () => servers.asked.filter((request) => request.includes("unbind")).length;

const out: readonly (readonly [string, () => Response | Promise<Response>])[] = [
  ["cannot be reached", () => Promise.reject(new TypeError("fetch failed"))],
  ["stands behind a proxy that answers for it", () => new Response("<html>", { status: 503 })],
];
const noSupport = { status: 200, body: { id_server_unbind_result: "no-support" } };

describe("an identity server that is out", () => {
  it.each(out)("and %s: an address that is deleted is unbound once it answers", async (_, answer) => {
    await bind();
    servers.stand.in = answer;
    expect(await remove()).toMatchObject(noSupport);
    await worker.runDue();
    servers.server.clock.advance(minute);
    servers.stand.in = undefined;
    expect(await isBound()).toBe(true);
    expect(await worker.runDue()).toBe(1);
    expect(await isBound()).toBe(false);
    servers.server.clock.advance(60 * minute);
    expect(await worker.runDue()).toBe(0);
  });

  it.each([
    ...out,
    ["fails", () => Response.json({ errcode: "M_UNKNOWN", error: "no" }, { status: 500 })] as const,
    ["has had too many requests", () => Response.json({ errcode: "M_LIMIT_EXCEEDED" }, { status: 429 })] as const,
  ])("and %s: the addresses of an account that is closed are unbound once it answers", async (_, answer) => {
    await bind();
    servers.stand.in = answer;
    expect(await deactivate()).toMatchObject(noSupport);
    await worker.runDue();
    servers.server.clock.advance(minute);
    servers.stand.in = undefined;
    expect(await worker.runDue()).toBe(1);
    expect(await isBound()).toBe(false);
    expect(await servers.server.storage.recordedBindings.list(alice)).toEqual([]);
  });

  it("is left alone with what was bound again meanwhile", async () => {
    await bind();
    servers.stand.in = () => new Response("<html>", { status: 502 });
    expect(await remove()).toMatchObject(noSupport);
    servers.stand.in = undefined;
    await bind("second");
    const before = unbindings();
    expect(await worker.runDue()).toBe(1);
    expect([unbindings(), await isBound()]).toEqual([before, true]);
    expect(await remove()).toMatchObject({ body: { id_server_unbind_result: "success" } });
  });

  /** Has the identity server wait before it answers what goes to such a path. */
  const holding = (path: RegExp, answer: (request: Request) => Response | Promise<Response>) => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      servers.stand.in = async (request) => {
        if (!path.test(request.url)) return servers.identity.fetch(request);
        resolve();
        await held;
        return answer(request);
      };
    });
    return { reached, letGo };
  };
  /** Lets everything go on that does not wait for the identity server. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

  it("is asked to unbind, although it was asked to bind again, where it refused that", async () => {
    await bind();
    servers.stand.in = () => new Response("<html>", { status: 502 });
    await remove();
    const refusing = holding(/3pid\/bind$/, () => Response.json({ errcode: "M_FORBIDDEN" }, { status: 403 }));
    const rebinding = bind("second").catch((error: unknown) => error);
    await refusing.reached;
    const worked = worker.runDue();
    await settled();
    refusing.letGo();
    expect(await rebinding).toMatchObject({ status: 403 });
    expect([await worked, await isBound()]).toEqual([1, false]);
  });

  it("hears of a new binding after the unbinding that is underway", async () => {
    await bind();
    servers.stand.in = () => new Response("<html>", { status: 502 });
    await remove();
    const slow = holding(/3pid\/unbind$/, servers.identity.fetch);
    const worked = worker.runDue();
    await slow.reached;
    const rebinding = bind("second");
    await settled();
    slow.letGo();
    await Promise.all([worked, rebinding]);
    const recorded = await servers.server.storage.recordedBindings.list(alice);
    expect([recorded.length, await isBound()]).toEqual([1, true]);
  });

  it("is not tried again where nothing is known to be bound, whoever names it", async () => {
    await bind();
    expect(await remove({ id_server: "gone.example" })).toMatchObject(noSupport);
    expect(await worker.runDue()).toBe(0);
  });

  it("is not asked again when it refuses", async () => {
    await bind();
    servers.stand.in = () => Promise.reject(new TypeError("fetch failed"));
    expect(await deactivate()).toMatchObject(noSupport);
    servers.stand.in = () => Response.json({ errcode: "M_FORBIDDEN", error: "no" }, { status: 403 });
    expect(await worker.runDue()).toBe(1);
    servers.server.clock.advance(60 * minute);
    expect(await worker.runDue()).toBe(0);
    expect(servers.server.log.lines.filter((line) => line.includes("does not take a binding back"))).toHaveLength(1);
  });
});
