/** Inviting an address that no user is known for. Identity Service API, "Invitation storage". */

import type { Invite } from "../ports/invites.js";
import type { OutboxEntry } from "../ports/outbox.js";
import type { Wording } from "../ports/wording.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { newSeed, privateKeyOf, publicBytesOf } from "../protocol/ed25519.js";
import { invalidParam, protocolError, threepidBoundTo } from "../protocol/errors.js";
import { isRoomId } from "../protocol/identifiers.js";
import { redactAddress } from "../protocol/redaction.js";
import { canonicalThreepid, isMedium, parseEmail } from "../protocol/threepid.js";
import { newSecret } from "../protocol/tokens.js";
import { encodeBase64Url } from "../protocol/unpadded-base64.js";
import { limitTo } from "../validation/dispatch.js";
import { wordingOf } from "../validation/wording.js";
import { requireAllowed } from "./allowed-homeservers.js";
import type { Section } from "./context.js";
import { inviteBlocklist } from "./invite-blocklist.js";
import { inviteMail, inviteMailKind } from "./invite-mail.js";
import { requireCaller, requireV1 } from "./permission.js";
import type { IdentityPorts } from "./ports.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

/** What a homeserver tells of a room and an inviter; all of it is kept, and some goes into a mail. */
const maxDetailsBytes = 16_384;

interface StoreInviteRequest {
  readonly medium: string;
  readonly address: string;
  readonly room_id: string;
  readonly sender: string;
}

export const invites = (
  { storage, keyring, limiter, clock, random, wakeOutbox }: IdentityPorts,
  settings: IdentitySettings,
): Section<"storeInvite" | "storeInviteV2"> => {
  /** Another medium is refused only after its owner, if it has one, was named: such an invite needs no mail. */
  const refuseMedium = async (medium: string, address: string): Promise<never> => {
    const bound = isMedium(medium) ? await storage.associations.find(canonicalThreepid(medium, address)) : undefined;
    if (bound !== undefined) throw threepidBoundTo(bound.mxid);
    throw protocolError("M_UNRECOGNIZED", { status: 400, error: "Only email addresses can be invited." });
  };

  const publicKeys = (longTermKey: string, ephemeralPublicKey: string) => {
    const keyUrl = `${settings.publicBaseUrl}/_matrix/identity/v2/pubkey`;
    return [
      { public_key: longTermKey, key_validity_url: `${keyUrl}/isvalid` },
      { public_key: ephemeralPublicKey, key_validity_url: `${keyUrl}/ephemeral/isvalid` },
    ];
  };

  const requireShort = ({ medium, address, room_id, sender, ...details }: StoreInviteRequest): void => {
    if (Buffer.byteLength(JSON.stringify(details)) > maxDetailsBytes) {
      throw protocolError("M_TOO_LARGE", { error: `An invite may take ${maxDetailsBytes} bytes besides its address.` });
    }
  };

  const requireGrammar = (request: StoreInviteRequest): void => {
    requireAllowed(settings, requireUserId("sender", request.sender).serverName);
    if (!isRoomId(request.room_id)) throw invalidParam("room_id", "must be a room ID");
    requireShort(request);
  };

  const requireUnblocked = inviteBlocklist(settings.invites.blocked);

  const store = async (request: StoreInviteRequest, wording: Wording) => {
    const { medium, address: given, room_id: roomId, sender, ...details } = request;
    await limitTo(limiter, "invite.sender", sender);
    if (medium !== "email") return refuseMedium(medium, given);
    const { address, destination } = parseEmail(given);
    await limitTo(limiter, "send.address", address);
    // The storage looks again when it stores; of an address that was not bound here a directory may know the user.
    const [known] = await storage.associations.mxidsOf([{ medium, address }]);
    if (known !== undefined) throw threepidBoundTo(known);
    const seed = newSeed(random);
    const now = clock.now();
    const { lifetimeMs, shownCharacters } = settings.invites;
    const invite: Invite = {
      medium,
      address,
      roomId,
      sender,
      token: newSecret(random),
      // This spelling comes back in a query, where the other alphabet's plus sign is easily lost.
      ephemeralPublicKey: encodeBase64Url(publicBytesOf(privateKeyOf(seed))),
      details: details as JsonObject, // what remains of a JSON body
      receivedAt: now,
      expiresAt: lifetimeMs === undefined ? undefined : now + lifetimeMs,
    };
    const mail: OutboxEntry = {
      kind: inviteMailKind,
      payload: inviteMail(invite, { destination, wording }, seed, settings),
      dueAt: invite.receivedAt,
      threepid: { medium, address },
    };
    const stored = await storage.invites.store(invite, mail);
    if (stored.outcome === "in-use") throw threepidBoundTo(stored.mxid);
    wakeOutbox(inviteMailKind);
    const { publicKey } = await keyring.current();
    const body = {
      token: invite.token,
      public_keys: publicKeys(publicKey, invite.ephemeralPublicKey),
      public_key: publicKey,
      display_name: redactAddress(address, shownCharacters),
    };
    return { status: 200, body } as const;
  };

  return {
    storeInvite: async ({ body }, context) => {
      requireV1(settings.v1.inviteAsAnySender);
      requireGrammar(body);
      requireUnblocked(body);
      // Version 1 believes whatever sender it is told, so the limit by sender stops nobody.
      await limitTo(limiter, "send.ip", context.clientIp);
      return store(body, wordingOf(context));
    },
    storeInviteV2: ({ body }, context) => {
      requireGrammar(body);
      requireCaller(context, body.sender, "You can invite in your own name only.");
      requireUnblocked(body);
      return store(body, wordingOf(context));
    },
  };
};
