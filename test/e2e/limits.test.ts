/** Limits and guesses over real connections: who counts as one client, and how often one may guess. */
import { afterEach, describe, expect, it } from "vitest";
import { linkIn } from "../support/mail-sink.js";
import { newSecret } from "./journeys.js";
import { type Choice, type Servers, startServers } from "./servers.js";

let servers: Servers | undefined;
const start = async (options: NonNullable<Choice["options"]>): Promise<Servers> => {
  servers = await startServers({ options });
  return servers;
};
afterEach(() => servers?.close());

let serial = 0;
/** Asks for a mail to another address each time, as if sent on by these. */
const askFrom = async ({ identityUrl }: Servers, forwarded: string | undefined): Promise<Response> => {
  serial += 1;
  return fetch(`${identityUrl}/_matrix/identity/api/v1/validate/email/requestToken`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
    },
    body: JSON.stringify({ client_secret: newSecret(), email: `limit${serial}@example.org`, send_attempt: 1 }),
  });
};

const statuses = async (asked: Servers, forwarded: readonly (string | undefined)[]): Promise<number[]> => {
  const found: number[] = [];
  for (const address of forwarded) found.push((await askFrom(asked, address)).status);
  return found;
};

describe("what counts as one client", () => {
  it("is whoever connects, whatever they say of themselves", async () => {
    const asked = await start({ limits: { send_ip: "2/h" } });
    expect(await statuses(asked, [undefined, "192.0.2.1", "192.0.2.2", "::1", "192.0.2.3, 192.0.2.4"])).toEqual([
      200, 200, 429, 429, 429,
    ]);
  });

  it("is told how long to wait, in both ways", async () => {
    const asked = await start({ limits: { send_ip: "1/h" } });
    await askFrom(asked, undefined);
    const refused = await askFrom(asked, undefined);
    const body: unknown = await refused.json();
    expect(body).toMatchObject({ errcode: "M_LIMIT_EXCEEDED", retry_after_ms: expect.any(Number) });
    const { retry_after_ms } = body as { retry_after_ms: number }; // just matched
    expect(retry_after_ms).toBeGreaterThan(3_500_000);
    expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil(retry_after_ms / 1000));
  });

  it("is whom a trusted proxy names, and nobody that stands before that name", async () => {
    const asked = await start({ limits: { send_ip: "1/h" }, http: { trusted_proxies: ["127.0.0.1"] } });
    expect(await statuses(asked, ["192.0.2.1", "192.0.2.2", "192.0.2.1"])).toEqual([200, 200, 429]);
    // The client wrote the first address itself, the proxy added the one that it saw.
    expect(await statuses(asked, ["198.51.100.7, 192.0.2.1", "198.51.100.8, 192.0.2.3"])).toEqual([429, 200]);
    expect(await statuses(asked, ["198.51.100.9, 192.0.2.3"])).toEqual([429]);
  });

  it("is nobody in particular at an address that many share, and everybody else still is", async () => {
    const asked = await start({
      limits: { send_ip: "1/h", send_mxid: "1/h", shared_addresses: ["192.0.2.0/28"] },
      http: { trusted_proxies: ["127.0.0.1"] },
    });
    expect(await statuses(asked, ["192.0.2.1", "192.0.2.1", "192.0.2.16", "192.0.2.16"])).toEqual([200, 200, 200, 429]);
    const [alice, bob] = [await asked.identityToken("@alice:hs.test"), await asked.identityToken("@bob:hs.test")];
    const ask = async (token: string) => {
      const answer = await fetch(`${asked.identityUrl}/_matrix/identity/v2/validate/email/requestToken`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.1" },
        body: JSON.stringify({ client_secret: newSecret(), email: "many@example.org", send_attempt: 1 }),
      });
      return answer.status;
    };
    expect([await ask(alice), await ask(alice), await ask(bob)]).toEqual([200, 429, 200]);
  });
});

describe("500 guesses at one session at once", () => {
  it.each<{ what: string; limits: Record<string, string> }>([
    { what: "without a limit", limits: { submit_address: "unlimited", request_ip: "unlimited" } },
    { what: "with the usual limits", limits: {} },
  ])("are five tries, $what, and then not even the right one counts", async ({ limits }) => {
    const asked = await start({ limits });
    const { identity } = asked;
    const email = "guessed@example.org";
    const client_secret = newSecret();
    const { sid } = await identity.orThrow.emailRequestToken({ body: { client_secret, email, send_attempt: 1 } });
    const token = linkIn(await asked.mail.newest(email)).searchParams.get("token") ?? "";
    const guess = async (_: unknown, index: number): Promise<string> => {
      const answer = await fetch(`${asked.identityUrl}/_matrix/identity/api/v1/validate/email/submitToken`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ sid, client_secret, token: `guess${index}` }),
      });
      const body: unknown = await answer.json();
      return String((body as { errcode?: unknown }).errcode); // any object has such a member or none
    };
    const answers = await Promise.all(Array.from({ length: 500 }, guess));
    const counted = (errcode: string) => answers.filter((answer) => answer === errcode).length;
    expect(counted("M_TOKEN_INCORRECT")).toBe(5);
    expect(counted("M_SESSION_EXPIRED") + counted("M_LIMIT_EXCEEDED")).toBe(495);
    const right = await identity.emailSubmitTokenPost({ body: { sid, client_secret, token } });
    expect(right).toMatchObject({ status: 200, body: { success: false, errcode: "M_SESSION_EXPIRED" } });
  });
});
