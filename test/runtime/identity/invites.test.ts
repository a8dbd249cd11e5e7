import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mail } from "../../../runtime/ports/courier.js";
import { privateKeyOf, publicBytesOf } from "../../../runtime/protocol/ed25519.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { decodeBase64, encodeBase64Url } from "../../../runtime/protocol/unpadded-base64.js";
import { publicBaseUrl, serverName, type TestServer, testServer, validatedSession } from "./identity-server.js";

const inviter = "@inviter:example.org";
const dave = "@dave:example.org";
const address = "longname@longdomain.example";
const invite = { medium: "email", address, room_id: "!room:example.org", sender: inviter };

describe("store-invite", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await testServer();
  });
  afterEach(() => server.close());

  /** Sends what waits in the outbox and answers the mails. */
  const mailed = async (): Promise<Mail[]> => {
    const before = server.mails.length;
    await server.mailInvites();
    return server.mails.slice(before);
  };

  const bind = async (mxid: string, email = address) => {
    const session = await validatedSession(server, email, `secret${mxid.replace(/\W/g, "")}`);
    return server.client.orThrow.bind({ body: { ...session, mxid } });
  };

  describe.each(["v1", "v2"] as const)("%s", (version) => {
    const store = async (body: typeof invite & Record<string, unknown>, caller = inviter) => {
      if (version === "v1") return server.client.storeInvite({ body });
      return server.client.storeInviteV2({ body }, { accessToken: await server.issueToken(caller) });
    };

    it("answers a token, both keys with who vouches for them, and the redacted address", async () => {
      const { status, body } = await store(invite);
      const longTerm = server.keyring.signingKey.publicKey;
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          token: expect.stringMatching(/^[0-9a-zA-Z.=_-]{1,255}$/),
          public_keys: [
            { public_key: longTerm, key_validity_url: `${publicBaseUrl}/_matrix/identity/v2/pubkey/isvalid` },
            {
              public_key: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
              key_validity_url: `${publicBaseUrl}/_matrix/identity/v2/pubkey/ephemeral/isvalid`,
            },
          ],
          public_key: longTerm,
          display_name: "lon...@lon...",
        },
      });
    });

    it("makes every key it names valid at the URL it names", async () => {
      const { body } = await store(invite);
      if (!("public_keys" in body)) throw new Error("the invite was refused");
      for (const key of body.public_keys) {
        if (typeof key === "string") throw new Error("the key has no URL");
        const url = new URL(key.key_validity_url);
        url.searchParams.set("public_key", key.public_key);
        expect(await (await server.fetch(new Request(url))).json()).toEqual({ valid: true });
        url.searchParams.set("public_key", key.public_key.replace(/.$/, "~"));
        expect(await (await server.fetch(new Request(url))).json()).toEqual({ valid: false });
      }
    });

    it("mails the address as it was written, through the outbox, with a link that accepts", async () => {
      const written = "LongName@LongDomain.example";
      const details = { room_name: "Gardening", sender_display_name: "Ina", room_type: "m.space", extra: { kept: 1 } };
      const { body } = await store({ ...invite, address: written, ...details });
      expect(server.woken()).toBe(1);
      const [mail] = await mailed();
      expect(mail).toMatchObject({
        purpose: "invite",
        to: written,
        sender: inviter,
        senderDisplayName: "Ina",
        roomName: "Gardening",
        space: true,
      });
      if (mail?.purpose !== "invite" || mail.link === undefined) throw new Error("the mail has no link");
      expect(mail.link.startsWith("https://app.example.org/#/room/!room%3Aexample.org?")).toBe(true);
      const query = new URLSearchParams(mail.link.split("?").slice(1).join("?"));
      expect(query.get("email")).toBe(address);
      expect(query.get("room_name")).toBe("Gardening");
      expect(query.get("inviter_name")).toBe("Ina");
      const signUrl = new URL(query.get("signurl") ?? "");
      const token = signUrl.searchParams.get("token") ?? "";
      const private_key = signUrl.searchParams.get("private_key") ?? "";
      expect(body).toMatchObject({ token });

      const accepted = await server.client.orThrow.blindlySignStuff({ body: { mxid: dave, token, private_key } });
      const publicKey = encodeBase64Url(publicBytesOf(privateKeyOf(decodeBase64(private_key) ?? new Uint8Array())));
      expect(body).toMatchObject({ public_keys: [{}, { public_key: publicKey }] });
      expect(verifyJson(accepted, serverName, "ed25519:0", publicKey)).toBe(true);
    });

    it("mails a link that web clients can post to with nothing in the body", async () => {
      await store(invite);
      const [mail] = await mailed();
      const link = mail?.purpose === "invite" ? (mail.link ?? "") : "";
      const query = new URLSearchParams(link.split("?").slice(1).join("?"));
      const url = `${query.get("signurl")}&mxid=${encodeURIComponent(dave)}`;
      const headers = { "content-type": "application/json" };
      const answer = await server.fetch(new Request(url, { method: "POST", headers, body: "null" }));
      const accepted = {
        mxid: dave,
        sender: inviter,
        signatures: { [serverName]: { "ed25519:0": expect.any(String) } },
      };
      expect(await answer.json()).toMatchObject(accepted);
      const { pathname, search } = new URL(url);
      const raw = await server.answer({
        method: "POST",
        target: `${pathname}${search}`,
        header: (name) => (name === "content-type" ? "application/json" : undefined),
        body: () => new TextEncoder().encode("null"),
        signal: new AbortController().signal,
      });
      expect(JSON.parse(String(raw.body))).toMatchObject(accepted);
    });

    it("refuses an address that is bound, and names its user", async () => {
      await bind(dave);
      const refused = await store({ ...invite, address: address.toUpperCase() });
      expect(refused).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE", mxid: dave } });
      expect(await mailed()).toEqual([]);
      expect(server.woken()).toBe(0);
    });

    it("knows no other medium, but says first whose it is", async () => {
      const other = { ...invite, medium: "msisdn", address: "447400123456" };
      expect(await store(other)).toMatchObject({ status: 400, body: { errcode: "M_UNRECOGNIZED" } });
      expect(await store({ ...invite, medium: "pigeon" })).toMatchObject({
        status: 400,
        body: { errcode: "M_UNRECOGNIZED" },
      });
      const bound = {
        medium: "msisdn",
        address: "447400123456",
        mxid: dave,
        ts: 1,
        notBefore: 1,
        notAfter: 2,
      } as const;
      await server.storage.associations.bind({ ...bound, signatures: {} });
      expect(await store(other)).toMatchObject({ status: 400, body: { errcode: "M_THREEPID_IN_USE", mxid: dave } });
    });

    it.each(["a@b.test@c.test", "A <a@b.test>", "a@b.test\r\nBcc: x@y.test", "nobody"])(
      "mails nobody at %j",
      async (bad) => {
        expect(await store({ ...invite, address: bad })).toMatchObject({
          status: 400,
          body: { errcode: "M_INVALID_EMAIL" },
        });
        expect(await mailed()).toEqual([]);
      },
    );

    it.each([{ sender: "@nobody" }, { room_id: "!" }, { room_id: "!a b:example.org" }])("refuses %j", async (bad) => {
      expect(await store({ ...invite, ...bad })).toMatchObject({ status: 400, body: { errcode: "M_INVALID_PARAM" } });
    });

    it("is limited by sender and by address, before anything is told", async () => {
      await bind(dave);
      for (const scope of ["invite.sender", "send.address"] as const) {
        server.exhausted.clear();
        server.exhausted.add(scope);
        expect(await store(invite)).toMatchObject({ status: 429 });
      }
    });
  });

  it("counts v1, where anybody may name any sender, by who asks as well", async () => {
    server.exhausted.add("send.ip");
    expect(await server.client.storeInvite({ body: invite })).toMatchObject({ status: 429 });
    const accessToken = await server.issueToken(inviter);
    expect(await server.client.storeInviteV2({ body: invite }, { accessToken })).toMatchObject({ status: 200 });
  });

  it("keeps no more of an invite than a room and an inviter need", async () => {
    const unknown = "x".repeat(16_000);
    const kept: typeof invite & Record<string, unknown> = { ...invite, unknown };
    expect(await server.client.storeInvite({ body: kept })).toMatchObject({ status: 200 });
    const long: typeof kept = { ...kept, another: unknown };
    const refused = await server.client.storeInvite({ body: long });
    expect(refused).toMatchObject({ status: 413, body: { errcode: "M_TOO_LARGE" } });
    expect(await mailed()).toHaveLength(1);
  });

  it("stores an invite on v2 in nobody's name but the caller's", async () => {
    const accessToken = await server.issueToken("@mallory:example.org");
    const refused = await server.client.storeInviteV2({ body: invite }, { accessToken });
    expect(refused).toMatchObject({ status: 403, body: { errcode: "M_UNAUTHORIZED" } });
    expect(await mailed()).toEqual([]);
  });

  it("leaves v1 without it when the operator wants it so", async () => {
    const strict = await testServer({ v1: { enabled: true, bindAnyMxid: true, inviteAsAnySender: false } });
    const refused = await strict.client.storeInvite({ body: invite });
    expect(refused).toMatchObject({ status: 404, body: { errcode: "M_UNRECOGNIZED" } });
    strict.close();
  });

  it("links to no version that is not served", async () => {
    const modern = await testServer({ v1: { enabled: false, bindAnyMxid: true, inviteAsAnySender: true } });
    const accessToken = await modern.issueToken(inviter);
    await modern.client.orThrow.storeInviteV2({ body: invite }, { accessToken });
    const [entry] = await modern.storage.outbox.claim({
      kind: "invite-mail",
      now: modern.now(),
      leaseMs: 1,
      limit: 10,
      lease: "test",
    });
    const link = decodeURIComponent(String(entry?.payload["link"]));
    expect(link).toContain(`${publicBaseUrl}/_matrix/identity/v2/sign-ed25519?token=`);
    modern.close();
  });

  it("links nowhere without a web client", async () => {
    const plain = await testServer({ webClientUrl: undefined });
    await plain.client.orThrow.storeInvite({ body: invite });
    const [entry] = await plain.storage.outbox.claim({
      kind: "invite-mail",
      now: plain.now(),
      leaseMs: 1,
      limit: 10,
      lease: "test",
    });
    expect(entry?.payload).toMatchObject({ purpose: "invite", to: address, sender: inviter });
    expect(entry?.payload).not.toHaveProperty("link");
    plain.close();
  });

  describe("when the address is bound", () => {
    const store = async (room_id = invite.room_id) =>
      (await server.client.orThrow.storeInvite({ body: { ...invite, room_id } })).token;

    it("gives every waiting invite to the user, each and all signed", async () => {
      const tokens = [await store("!one:example.org"), await store("!two:example.org")];
      const body = await bind(dave);
      const { keyId, publicKey } = server.keyring.signingKey;
      expect(verifyJson(body, serverName, keyId, publicKey)).toBe(true);
      expect(body.invites).toMatchObject([
        { medium: "email", address, mxid: dave, room_id: "!one:example.org", sender: inviter },
        { room_id: "!two:example.org" },
      ]);
      for (const [i, { signed }] of (body.invites ?? []).entries()) {
        expect(signed).toMatchObject({ mxid: dave, token: tokens[i] });
        expect(verifyJson(signed, serverName, keyId, publicKey)).toBe(true);
      }
      expect(await bind(dave)).toMatchObject({ invites: body.invites });
    });

    it("publishes the association without them", async () => {
      await store();
      await bind(dave);
      const found = await server.client.orThrow.lookupUser({ query: { medium: "email", address } });
      expect(Object.keys(found).sort()).toEqual([
        "address",
        "medium",
        "mxid",
        "not_after",
        "not_before",
        "signatures",
        "ts",
      ]);
      const { keyId, publicKey } = server.keyring.signingKey;
      expect(verifyJson(found, serverName, keyId, publicKey)).toBe(true);
    });

    it("gives none to a later owner of the address", async () => {
      await store();
      await bind(dave);
      const session = await validatedSession(server, address, "unbinding");
      await server.client.orThrow.unbind({ body: { ...session, mxid: dave, threepid: { medium: "email", address } } });
      expect(await bind("@later:example.org")).not.toHaveProperty("invites");
    });

    it("never lets the answers to two users share an invite", async () => {
      const users = [dave, "@erin:example.org", "@frank:example.org"];
      const sessions = [
        { email: address, ...(await validatedSession(server, address, "one")) },
        { email: "other@example.org", ...(await validatedSession(server, "other@example.org", "two")) },
      ];
      const act = fc.record({
        kind: fc.constantFrom("invite", "bind", "bind", "unbind"),
        session: fc.constantFrom(...sessions),
        mxid: fc.constantFrom(...users),
      });
      const owners = new Map<string, string>();
      const perform = async ({
        kind,
        session,
        mxid,
      }: {
        kind: string;
        session: (typeof sessions)[number];
        mxid: string;
      }) => {
        const { email, sid, client_secret } = session;
        if (kind === "invite") await server.client.storeInvite({ body: { ...invite, address: email } });
        if (kind === "unbind") {
          const threepid = { medium: "email", address: email };
          await server.client.unbind({ body: { sid, client_secret, mxid, threepid } });
        }
        if (kind !== "bind") return;
        const body = await server.client.orThrow.bind({ body: { sid, client_secret, mxid } });
        for (const { signed, ...claimed } of body.invites ?? []) {
          expect([claimed.mxid, signed.mxid, claimed.address]).toEqual([mxid, mxid, email]);
          expect(owners.get(signed.token) ?? mxid).toBe(mxid);
          owners.set(signed.token, mxid);
        }
      };
      const [session] = sessions;
      const everyUnbinding = sessions.flatMap((session) => users.map((mxid) => ({ kind: "unbind", session, mxid })));
      // What is in a batch is carried out at the same time, so that its steps interleave.
      const batches = fc.array(fc.array(act, { maxLength: 4 }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(batches, async (given) => {
          // Nobody can be invited by an address that the case before left bound.
          for (const unbinding of everyUnbinding) await perform(unbinding);
          for (const batch of given) await Promise.all(batch.map(perform));
        }),
        {
          numRuns: 40,
          // Whatever chance makes of the other cases, an invite is handed over in this one.
          examples: [[[[{ kind: "invite", session, mxid: dave }], [{ kind: "bind", session, mxid: dave }]]]],
        },
      );
      expect(owners.size).toBeGreaterThan(0);
    });
  });

  describe("sign-ed25519", () => {
    const private_key = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1";
    const publicKey = "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI";

    describe.each(["v1", "v2"] as const)("%s", (version) => {
      const sign = async (body: { mxid: string; token: string; private_key: string }) => {
        if (version === "v1") return server.client.blindlySignStuff({ body });
        return server.client.blindlySignStuffV2({ body }, { accessToken: await server.issueToken(dave) });
      };
      const store = async () => (await server.client.orThrow.storeInvite({ body: invite })).token;

      it.each([private_key, `${private_key}=`, private_key.replaceAll("+", "-")])(
        "signs with the key %s that it is handed",
        async (spelling) => {
          const token = await store();
          const { status, body } = await sign({ mxid: dave, token, private_key: spelling });
          expect({ status, body }).toEqual({
            status: 200,
            body: {
              mxid: dave,
              sender: inviter,
              token,
              signatures: { [serverName]: { "ed25519:0": expect.any(String) } },
            },
          });
          expect(verifyJson(body, serverName, "ed25519:0", publicKey)).toBe(true);
        },
      );

      it("knows no token but those it gave out", async () => {
        expect(await sign({ mxid: dave, token: "unknown", private_key })).toMatchObject({
          status: 404,
          body: { errcode: "M_UNRECOGNIZED" },
        });
      });

      it.each(["", "short", `${private_key}AAAA`, "not base64 at all!", "A".repeat(255)])(
        "refuses %j as a key",
        async (bad) => {
          const token = await store();
          expect(await sign({ mxid: dave, token, private_key: bad })).toMatchObject({
            status: 400,
            body: { errcode: "M_INVALID_PARAM" },
          });
        },
      );

      it("refuses what is no user", async () => {
        const token = await store();
        expect(await sign({ mxid: "@dave", token, private_key })).toMatchObject({
          status: 400,
          body: { errcode: "M_INVALID_PARAM" },
        });
      });
    });
  });
});
