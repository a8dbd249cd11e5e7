import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoreInviteResponse } from "../../generated/identity/index.js";
import { verifyJson } from "../../runtime/protocol/signed-json.js";
import { linkIn } from "../support/mail-sink.js";
import { dialects, speak } from "./dialects.js";
import { email, lookUp, newSecret, openLink, prove, register } from "./journeys.js";
import { homeserverName, idServer, type Servers, startServers, webClient } from "./servers.js";

const room_id = "!lounge:example.org";
const host = `@host:${homeserverName}`;

describe("an invite by mail (J6)", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers({ validate: "proxy" });
  });
  afterAll(() => servers.close());

  /** The server's long-term key that a signed object names, as the server publishes it. */
  const publishedKey = async (signatures: Readonly<Record<string, Readonly<Record<string, string>>>>) => {
    const [keyId = "", ...more] = Object.keys(signatures[idServer] ?? {});
    expect(more).toEqual([]);
    const { public_key } = await servers.identity.orThrow.getPubKeyV2({ params: { keyId } });
    return { keyId, public_key };
  };

  const keysOf = ({ public_keys }: StoreInviteResponse) =>
    public_keys.map((key) => {
      if (typeof key === "string") throw new Error("the key came without its validity URL");
      return key;
    });

  /** What a homeserver asks before it believes a key of the room's state. */
  const isValid = async ({ public_key, key_validity_url }: ReturnType<typeof keysOf>[number]): Promise<boolean> => {
    const answer = await fetch(`${key_validity_url}?${new URLSearchParams({ public_key })}`);
    const body: unknown = await answer.json();
    return typeof body === "object" && body !== null && "valid" in body && body.valid === true;
  };

  /** Where the web client that the mail leads to has the acceptance signed. */
  const signUrlIn = async (address: string): Promise<URL> => {
    const link = linkIn(await servers.mail.newest(address));
    expect(link.origin).toBe(webClient);
    const [path, query] = link.hash.split("?");
    expect(decodeURIComponent(path ?? "")).toBe(`#/room/${room_id}`);
    return new URL(new URLSearchParams(query).get("signurl") ?? "");
  };

  describe.each(dialects)("%s", (dialect) => {
    const user = dialect.replaceAll(" ", "_");

    it("rides along, signed, when its address is bound, for the user who bound it first", async () => {
      const owned = email(`guest.${user}@example.org`);
      const mxid = `@guest.${user}:${homeserverName}`;
      const [inviter, guest] = [await speak(servers, dialect, host), await speak(servers, dialect, mxid)];
      const request = { medium: "email", address: owned.address, room_id, sender: host, room_name: "The Lounge" };
      const stored = await inviter.storeInvite(request);
      const { message } = await servers.mail.newest(owned.address);
      expect(message.text).toContain(host);
      expect(message.text).toContain("The Lounge");
      const keys = keysOf(stored);
      expect(keys).toHaveLength(2);
      expect(stored.public_key).toBe(keys[0]?.public_key);
      expect(await Promise.all(keys.map(isValid))).toEqual([true, true]);
      expect(stored.display_name).not.toContain(owned.address);

      const client_secret = newSecret();
      const { sid } = await guest.requestEmail({ email: owned.address, client_secret, send_attempt: 1 });
      expect((await openLink(servers, owned.address)).status).toBe(200);
      const bound = await guest.bind({ sid, client_secret, mxid });
      const { keyId, public_key } = await publishedKey(bound.signatures);
      expect(public_key).toBe(stored.public_key);
      expect(verifyJson(bound, idServer, keyId, public_key)).toBe(true);
      expect(verifyJson({ ...bound, invites: [] }, idServer, keyId, public_key)).toBe(false);

      const [invite, ...more] = bound.invites ?? [];
      expect(more).toEqual([]);
      expect(invite).toMatchObject({ medium: "email", address: owned.address, mxid, room_id, sender: host });
      expect(invite?.signed).toMatchObject({ mxid, token: stored.token });
      expect(verifyJson(invite?.signed ?? {}, idServer, keyId, public_key)).toBe(true);
      expect(verifyJson({ ...invite?.signed, mxid: host }, idServer, keyId, public_key)).toBe(false);

      // A bind whose answer was lost may be repeated; whoever has the address later gets nothing.
      expect((await guest.bind({ sid, client_secret, mxid })).invites).toEqual([invite]);
      const latter = await speak(servers, dialect, "@latter:elsewhere.example");
      const later = await latter.bind({ sid, client_secret, mxid: "@latter:elsewhere.example" });
      expect(later.invites).toBeUndefined();
      expect(verifyJson(later, idServer, keyId, public_key)).toBe(true);
      await expect(inviter.storeInvite(request)).rejects.toMatchObject({
        status: 400,
        body: { errcode: "M_THREEPID_IN_USE", mxid: later.mxid },
      });
    });
  });

  it("is accepted with the key from its mail (J6b), over either version and as web clients do", async () => {
    const { identity, identityToken } = servers;
    const address = "lodger@example.org";
    const mxid = `@lodger:${homeserverName}`;
    const stored = await identity.orThrow.storeInvite({ body: { medium: "email", address, room_id, sender: host } });
    const [, ephemeral] = keysOf(stored);
    const signUrl = await signUrlIn(address);
    const { token = "", private_key = "" } = Object.fromEntries(signUrl.searchParams);
    expect(token).toBe(stored.token);

    const body = { mxid, token, private_key };
    const accessToken = await identityToken(mxid);
    signUrl.searchParams.set("mxid", mxid);
    const byWebClient = await fetch(signUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "null",
    });
    const answers: unknown[] = [
      await identity.orThrow.blindlySignStuff({ body }),
      await identity.orThrow.blindlySignStuffV2({ body }, { accessToken }),
      await byWebClient.json(),
    ];
    for (const signed of answers) {
      expect(signed).toMatchObject({ mxid, sender: host, token });
      expect(verifyJson({ ...Object(signed) }, idServer, "ed25519:0", ephemeral?.public_key ?? "")).toBe(true);
    }
    expect(await identity.blindlySignStuff({ body: { ...body, token: "unknown" } })).toMatchObject({
      status: 404,
      body: { errcode: "M_UNRECOGNIZED" },
    });
  });

  it("is claimed when somebody registers with its address and binds it", async () => {
    const { homeserver, identity } = servers;
    const owned = email("newcomer@example.org");
    const { token } = await identity.orThrow.storeInvite({
      body: { medium: "email", address: "NewComer@Example.org", room_id, sender: host },
    });
    await servers.mail.newest("NewComer@example.org");
    const { mxid, accessToken } = await register(servers, "newcomer");
    const three_pid_creds = await prove(servers, "add", owned, "proxy");
    await homeserver.orThrow.post3PIDs({ body: { three_pid_creds, bind: true } }, { accessToken });
    expect(await lookUp(servers, owned)).toBe(mxid);
    // The homeserver's bind claimed it for its user, so that nobody else's does.
    const { sid, client_secret } = three_pid_creds;
    const again = await identity.orThrow.bind({ body: { sid, client_secret, mxid } });
    expect(again.invites).toMatchObject([{ mxid, room_id, sender: host, signed: { mxid, token } }]);
    const other = await identity.orThrow.bind({ body: { sid, client_secret, mxid: host } });
    expect(other.invites).toBeUndefined();
  });
});
