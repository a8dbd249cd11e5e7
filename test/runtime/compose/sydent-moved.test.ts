import { beforeEach, describe, expect, it } from "vitest";
import { lookupHash } from "../../../runtime/protocol/lookup-hash.js";
import { verifyJson } from "../../../runtime/protocol/signed-json.js";
import { elsewhere, ephemeral, hour, key, move, now, rows, serverName } from "./sydent-move.js";

const moving = move();
const { imported, clientOf } = moving;

describe("after an import from a Sydent", () => {
  beforeEach(async () => {
    await imported();
  });

  it("the same access tokens open the same accounts, and terms that were accepted are not asked for again", async () => {
    for (const token of ["alice-token-1", "alice-token-2"]) {
      expect(await (await clientOf(token)).orThrow.getAccount()).toEqual({ user_id: "@alice:example.org" });
    }
    const bob = await clientOf("bob-token");
    expect(await bob.getAccount()).toMatchObject({ status: 403, body: { errcode: "M_TERMS_NOT_SIGNED" } });
    await bob.orThrow.agreeToTerms({ body: { user_accepts: ["https://id.example.org/privacy"] } });
    expect(await bob.orThrow.getAccount()).toEqual({ user_id: "@bob:example.org" });
    expect((await (await clientOf("no-token")).getAccount()).status).toBe(401);
  });

  it("version 1 finds the newest of each folded address, with signatures of the key that clients know", async () => {
    const client = await clientOf();
    const { public_key } = await client.orThrow.getPubKey({ params: { keyId: "ed25519:0" } });
    expect(public_key).toBe(key.publicKey);
    const found = async (medium: string, address: string) => client.orThrow.lookupUser({ query: { medium, address } });
    for (const [medium, address, mxid] of [
      ["email", "alice@example.org", "@alice:example.org"],
      ["email", "BOB@EXAMPLE.ORG", "@bob:example.org"],
      ["email", "strauss@example.org", "@strauss:example.org"],
      ["email", "moved@example.org", "@moved:example.org"],
      ["msisdn", "447700900123", "@alice:example.org"],
    ] as const) {
      const body = await found(medium, address);
      expect(body).toMatchObject({ mxid, medium });
      expect(verifyJson(body, serverName, "ed25519:0", public_key)).toBe(true);
    }
    expect(await found("email", "gone@example.org")).toEqual({});
    expect(await found("email", "odd@example.org")).toEqual({});
  });

  it("what another server signed still carries that signature, and ours is the one that was given before", async () => {
    const client = await clientOf();
    const moved = await client.orThrow.lookupUser({ query: { medium: "email", address: "moved@example.org" } });
    expect(verifyJson(moved, "other.example.org", "ed25519:0", elsewhere.publicKey)).toBe(true);
    const alice = await client.orThrow.lookupUser({ query: { medium: "email", address: "alice@example.org" } });
    expect(alice).toEqual(JSON.parse(String(rows["global_threepid_associations"]?.[0]?.["sgAssoc"])));
  });

  it("version 2 finds them by the same pepper", async () => {
    const client = await clientOf("alice-token-1");
    const { lookup_pepper } = await client.orThrow.getHashDetails();
    expect(lookup_pepper).toBe("matrixrocks");
    const hashes = ["bob@example.org", "strauss@example.org", "gone@example.org"].map((address) =>
      lookupHash({ medium: "email", address }, lookup_pepper),
    );
    const { mappings } = await client.orThrow.lookupUsersV2({
      body: { algorithm: "sha256", pepper: lookup_pepper, addresses: hashes },
    });
    expect(mappings).toEqual({ [String(hashes[0])]: "@bob:example.org", [String(hashes[1])]: "@strauss:example.org" });
  });

  it("sessions go on under their sids: validated ones stay so, the others take their tokens", async () => {
    const client = await clientOf();
    const proven = await client.orThrow.getValidated3pid({ query: { sid: "41", client_secret: "s41" } });
    expect(proven).toEqual({ medium: "email", address: "carol@example.org", validated_at: now - hour });
    const submit = (token: string) =>
      client.orThrow.emailSubmitTokenPost({ body: { sid: "42", client_secret: "s42", token } });
    expect(await submit("outdated")).toMatchObject({ success: false });
    expect(await submit("token42")).toEqual({ success: true });
    const code = { sid: "43", client_secret: "s43", token: "123456" };
    expect(await client.orThrow.msisdnSubmitTokenPost({ body: code })).toEqual({ success: true });
    const expired = await client.getValidated3pid({ query: { sid: "45", client_secret: "s45" } });
    expect(expired).toMatchObject({ status: 400, body: { errcode: "M_SESSION_EXPIRED" } });
    const forgotten = await client.getValidated3pid({ query: { sid: "44", client_secret: "s44" } });
    expect(forgotten).toMatchObject({ status: 404 });
  });

  it("a session is resumed by its address and secret, and an attempt that was sent is not sent again", async () => {
    const client = await clientOf();
    const body = { email: "dave@example.org", client_secret: "s42", send_attempt: 2 };
    expect(await client.orThrow.emailRequestToken({ body })).toEqual({ sid: "42" });
  });

  it("an invite that waited comes with the bind, one that was delivered is nobody's", async () => {
    const client = await clientOf();
    const bound = await client.orThrow.bind({ body: { sid: "41", client_secret: "s41", mxid: "@carol:example.org" } });
    expect(bound).toMatchObject({ invites: [{ room_id: "!a:example.org", signed: { token: "waiting" } }] });
    expect(JSON.stringify(bound)).not.toContain("!b:example.org");
  });

  it("a key that was made for an invite stays valid, in exactly its spelling", async () => {
    const client = await clientOf();
    const isValid = async (public_key: string) =>
      (await client.orThrow.isEphemeralPubKeyValid({ query: { public_key } })).valid;
    expect(await isValid(ephemeral)).toBe(true);
    expect(await isValid(`${ephemeral}=`)).toBe(false);
    expect(await (await clientOf()).orThrow.isPubKeyValid({ query: { public_key: key.publicKey } })).toEqual({
      valid: true,
    });
  });
});
