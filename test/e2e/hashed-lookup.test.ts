import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { administrate } from "../../runtime/compose.js";
import { dialects, speak } from "./dialects.js";
import { email, newSecret, type Owned, openLink, phone, textedCode } from "./journeys.js";
import { type Servers, startServers } from "./servers.js";

const mxid = "@alice:elsewhere.example";

describe("a client that looks its address book up", () => {
  let servers: Servers;
  let accessToken: string;
  beforeAll(async () => {
    servers = await startServers();
    accessToken = await servers.identityToken("@bob:elsewhere.example");
  });
  afterAll(() => servers.close());

  /** As the specification says it, and not as the server computes it. */
  const hashed = ({ medium, address }: Owned, pepper: string): string =>
    createHash("sha256").update(`${address} ${medium} ${pepper}`, "utf8").digest("base64url");

  /** Whom it finds, with a pepper that it keeps, and renews once when the server tells it another. */
  const client = () => {
    let pepper: string | undefined;
    let renewed = 0;
    const ask = async (book: readonly Owned[]): Promise<readonly (string | undefined)[]> => {
      pepper ??= (await servers.identity.orThrow.getHashDetails({}, { accessToken })).lookup_pepper;
      for (const last of [false, true]) {
        const addresses = book.map((owned) => hashed(owned, pepper ?? ""));
        const body = { algorithm: "sha256", pepper, addresses };
        const answer = await servers.identity.lookupUsersV2({ body }, { accessToken });
        if (answer.status === 200) return addresses.map((address) => answer.body.mappings[address]);
        const { errcode, lookup_pepper } = answer.body as { errcode: string; lookup_pepper?: string }; // an error of the protocol
        if (last || errcode !== "M_INVALID_PEPPER" || lookup_pepper === undefined) throw new Error(errcode);
        pepper = lookup_pepper;
        renewed += 1;
      }
      throw new Error("the pepper changes with every lookup");
    };
    return { ask, renewed: () => renewed };
  };

  const bindEmail = async (owned: Owned): Promise<void> => {
    const spoken = await speak(servers, dialects[0], mxid);
    const client_secret = newSecret();
    const { sid } = await spoken.requestEmail({ email: owned.address, client_secret, send_attempt: 1 });
    await openLink(servers, owned.address);
    await spoken.bind({ sid, client_secret, mxid });
  };

  const bindPhone = async (owned: Extract<Owned, { medium: "msisdn" }>): Promise<void> => {
    const spoken = await speak(servers, dialects[0], mxid);
    const client_secret = newSecret();
    const { country, phone_number } = owned;
    const { sid } = await spoken.requestMsisdn({ country, phone_number, client_secret, send_attempt: 1 });
    await spoken.submitMsisdn({ sid, client_secret, token: textedCode(servers, owned.address) });
    await spoken.bind({ sid, client_secret, mxid });
  };

  it("finds who is there by hashes alone, before, during and after a rotation, and renews its pepper once", async () => {
    const [alice, number, nobody] = [email("alice@example.org"), phone("41"), email("nobody@example.org")];
    await bindEmail(alice);
    if (number.medium === "msisdn") await bindPhone(number);
    const { ask, renewed } = client();
    expect(await ask([nobody, alice, number])).toEqual([undefined, mxid, mxid]);

    // The operator rotates the pepper beside the running server.
    const administration = administrate(servers.configuration);
    const before = (await administration.pepper()).current.pepper;
    let during = 0;
    const after = await administration.rotatePepper(() => {
      during += 1;
    });
    administration.close();
    expect(during).toBeGreaterThan(0);
    expect(after.current.pepper).not.toBe(before);

    expect(await ask([nobody, alice, number])).toEqual([undefined, mxid, mxid]);
    expect(renewed()).toBe(1);
    const late = email("late@example.org");
    await bindEmail(late);
    expect(await ask([late, alice])).toEqual([mxid, mxid]);
    expect(renewed()).toBe(1);
  });

  it("is told to wait when it asks for more than people know, and goes on with what it knew", async () => {
    const limited = await startServers();
    try {
      expect(limited.configuration.limits).toMatchObject({ lookup_mxid: "20000/d", lookup_homeserver: "1000000/d" });
      const token = await limited.identityToken("@eve:elsewhere.example");
      const { lookup_pepper: pepper } = await limited.identity.orThrow.getHashDetails({}, { accessToken: token });
      const guesses = (turn: number) =>
        Array.from({ length: 8_000 }, (_, n) => hashed(email(`guess${turn}.${n}@example.org`), pepper));
      const ask = (addresses: string[]) =>
        limited.identity.lookupUsersV2(
          { body: { algorithm: "sha256", pepper, addresses } },
          { accessToken: token, retries: 0 },
        );
      expect((await ask(guesses(1))).status).toBe(200);
      expect((await ask(guesses(2))).status).toBe(200);
      expect(await ask(guesses(3))).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } });
      expect((await ask(guesses(1))).status).toBe(200);
    } finally {
      await limited.close();
    }
  });
});
