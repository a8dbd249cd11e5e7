/** Invites by address as domain tests need them: keys of an identity server, blocks that it signed, rooms to invite into. */

import type { Account } from "../../../runtime/ports/account-store.js";
import type { KeyVerdict } from "../../../runtime/ports/key-validity.js";
import type { JsonObject } from "../../../runtime/protocol/canonical-json.js";
import { type SigningKey, signingKeyOf } from "../../../runtime/protocol/ed25519.js";
import { signJson } from "../../../runtime/protocol/signed-json.js";
import { inviteContent } from "../../../runtime/protocol/third-party-invite.js";
import { encodeBase64Url } from "../../../runtime/protocol/unpadded-base64.js";
import { testRooms } from "../../support/rooms.js";

export const idServer = "id.example.org";
export const alice = "@alice:one.test";
export const bob = "@bob:two.test";
export const roomId = "!lounge:one.test";
export const token = "tok_1";

export const accountOf = (mxid: string, kind: Account["kind"] = "user"): Account => ({
  mxid,
  kind,
  deviceId: "DEVICE",
});

const keyOf = (fill: number): SigningKey => signingKeyOf("ed25519:0", new Uint8Array(32).fill(fill));
export const longTerm = keyOf(1);
export const ephemeral = keyOf(2);
export const foreign = keyOf(3);

export const validityUrl = "https://id.example.org/_matrix/identity/v2/pubkey/isvalid";
export const ephemeralUrl = "https://id.example.org/_matrix/identity/v2/pubkey/ephemeral/isvalid";
export const ephemeralSpelling = encodeBase64Url(Buffer.from(ephemeral.publicKey, "base64"));

/** What an identity server says when one of its invites is claimed, as it comes over the wire. */
export const signedBlock = (fields: JsonObject = {}, key = longTerm, name = idServer): JsonObject =>
  JSON.parse(JSON.stringify(signJson({ mxid: bob, token, ...fields }, name, key))) as JsonObject; // JSON.parse answers JSON

export const pendingContent = inviteContent("bob@...", [
  { publicKey: longTerm.publicKey, validityUrl },
  { publicKey: ephemeralSpelling, validityUrl: ephemeralUrl },
]);

/** Alice's room, in which an invite waits. */
export const roomWithInvite = async () => {
  const rooms = testRooms();
  const room = rooms.create(roomId, alice, { name: "The Lounge" });
  await rooms.addThreepidInvite({ roomId, sender: alice, token, content: pendingContent });
  return { rooms, room };
};

/** Says of keys what it is told, valid at first, and remembers what it was asked. */
export const fakeKeyValidity = () => {
  const asked: string[] = [];
  const verdicts = new Map<string, KeyVerdict>();
  return {
    asked,
    verdicts,
    ask: async (url: string, publicKey: string): Promise<KeyVerdict> => {
      asked.push(`${url} ${publicKey}`);
      return verdicts.get(publicKey) ?? "valid";
    },
  };
};
