/** The mail that tells somebody of an invite, and the link in it with which a web client accepts the invite. */

import type { Invite } from "../ports/invites.js";
import type { JsonObject } from "../protocol/canonical-json.js";
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

/** The longest name that a mail shows; whatever comes after it is more likely to be an advertisement than a name. */
const maxNameLength = 100;

const textOf = (details: JsonObject, field: string): string | undefined => {
  const value = Object.hasOwn(details, field) ? details[field] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
};

const nameOf = (details: JsonObject, field: string): string | undefined => {
  const characters = [...(textOf(details, field) ?? "")];
  if (characters.length === 0) return undefined;
  return characters.length > maxNameLength ? `${characters.slice(0, maxNameLength).join("")}…` : characters.join("");
};

/** Where the web client has the acceptance signed: whoever holds this URL can accept the invite. */
const signUrl = ({ token }: Invite, seed: Uint8Array, { publicBaseUrl }: IdentitySettings): string => {
  const query = new URLSearchParams({ token, private_key: encodeBase64Url(seed) });
  return `${publicBaseUrl}/_matrix/identity/api/v1/sign-ed25519?${query}`;
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

/** The mail as it waits in the outbox; it goes to the address as the inviter wrote it. */
export const inviteMail = (
  invite: Invite,
  destination: string,
  seed: Uint8Array,
  settings: IdentitySettings,
): JsonObject => {
  const senderDisplayName = nameOf(invite.details, "sender_display_name");
  const roomName = nameOf(invite.details, "room_name");
  const link = acceptLink(invite, seed, settings);
  return {
    purpose: "invite",
    to: destination,
    sender: invite.sender,
    space: textOf(invite.details, "room_type") === "m.space",
    ...(senderDisplayName === undefined ? {} : { senderDisplayName }),
    ...(roomName === undefined ? {} : { roomName }),
    ...(link === undefined ? {} : { link }),
  };
};
