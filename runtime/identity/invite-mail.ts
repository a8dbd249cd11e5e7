/**
 * The mail that tells somebody of an invite, while it waits in the outbox and when it leaves, and the link in it with
 * which a web client accepts the invite.
 */

import type { Clock } from "../ports/clock.js";
import type { Courier, InviteMail } from "../ports/courier.js";
import type { Invite, Invites } from "../ports/invites.js";
import type { Wording } from "../ports/wording.js";
import type { JsonObject } from "../protocol/canonical-json.js";
import { tokenHash } from "../protocol/tokens.js";
import { encodeBase64Url } from "../protocol/unpadded-base64.js";
import type { IdentitySettings } from "./settings.js";

/** Fields of the request that web clients read from the link, under the names they know. */
const linkFields = [
  ["room_name", "room_name"],
  ["room_avatar_url", "room_avatar_url"],
  ["room_type", "room_type"],
  ["sender_display_name", "inviter_name"],
  ["guest_access_token", "guest_access_token"],
  ["guest_user_id", "guest_user_id"],
] as const;

const textOf = (details: JsonObject, field: string): string | undefined => {
  const value = Object.hasOwn(details, field) ? details[field] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** Where the web client has the acceptance signed: whoever holds this URL can accept the invite. */
const signUrl = ({ token }: Invite, seed: Uint8Array, { publicBaseUrl, v1 }: IdentitySettings): string => {
  const query = new URLSearchParams({ token, private_key: encodeBase64Url(seed) });
  // The web clients that read this know no access token, so version 1 serves them better where there is one.
  return `${publicBaseUrl}/_matrix/identity/${v1.enabled ? "api/v1" : "v2"}/sign-ed25519?${query}`;
};

const acceptLink = (invite: Invite, seed: Uint8Array, settings: IdentitySettings): string | undefined => {
  if (settings.webClientUrl === undefined) return undefined;
  const query = new URLSearchParams({ email: invite.address, signurl: signUrl(invite, seed, settings) });
  for (const [field, name] of linkFields) {
    const value = textOf(invite.details, field);
    if (value !== undefined) query.set(name, value);
  }
  return `${settings.webClientUrl}/#/room/${encodeURIComponent(invite.roomId)}?${query}`;
};

/** The kind of outbox entry whose payload is such a mail. */
export const inviteMailKind = "invite-mail";

/** Whom a mail goes to, as the inviter wrote it, and in which words. */
interface Addressee {
  readonly destination: string;
  readonly wording: Wording;
}

/** The mail as it waits in the outbox. */
export const inviteMail = (
  invite: Invite,
  { destination, wording: { brand, language } }: Addressee,
  seed: Uint8Array,
  settings: IdentitySettings,
): JsonObject => {
  const senderDisplayName = textOf(invite.details, "sender_display_name");
  const roomName = textOf(invite.details, "room_name");
  const link = acceptLink(invite, seed, settings);
  return {
    purpose: "invite",
    id: tokenHash(invite.token).slice(0, 32),
    token: invite.token,
    to: destination,
    sender: invite.sender,
    space: textOf(invite.details, "room_type") === "m.space",
    ...(senderDisplayName === undefined ? {} : { senderDisplayName }),
    ...(roomName === undefined ? {} : { roomName }),
    ...(link === undefined ? {} : { link }),
    ...(brand === undefined ? {} : { brand }),
    ...(language === undefined ? {} : { language }),
  };
};

/** Reads a mail that {@link inviteMail} wrote. */
const mailOf = (payload: JsonObject): InviteMail => {
  const id = textOf(payload, "id");
  const to = textOf(payload, "to");
  const sender = textOf(payload, "sender");
  if (id === undefined || to === undefined || sender === undefined) {
    throw new Error("the outbox entry is no invite mail");
  }
  return {
    purpose: "invite",
    id,
    to,
    sender,
    space: payload["space"] === true,
    senderDisplayName: textOf(payload, "senderDisplayName"),
    roomName: textOf(payload, "roomName"),
    link: textOf(payload, "link"),
    wording: { brand: textOf(payload, "brand"), language: textOf(payload, "language") },
  };
};

/** Whether the invite still waits: what was accepted, has expired or was erased meanwhile is no news any more. */
export const inviteMailStands =
  ({ invites, clock }: { readonly invites: Pick<Invites, "senderOf">; readonly clock: Clock }) =>
  async (payload: JsonObject): Promise<boolean> => {
    const token = textOf(payload, "token");
    // Mails of earlier versions do not name their invite.
    return token === undefined || (await invites.senderOf(token, clock.now())) !== undefined;
  };

/** Sends the outbox entries of {@link inviteMailKind}. */
export const inviteMailSender =
  (courier: Pick<Courier, "send">) =>
  (payload: JsonObject, signal: AbortSignal): Promise<void> =>
    courier.send(mailOf(payload), signal);
