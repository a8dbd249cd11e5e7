/** Accepting an invite with the key from its mail. Identity Service API, "Ephemeral invitation signing". */

import type { Clock } from "../ports/clock.js";
import type { Invites } from "../ports/invites.js";
import { seedLength, signingKeyOf } from "../protocol/ed25519.js";
import { invalidParam, protocolError } from "../protocol/errors.js";
import { signJson } from "../protocol/signed-json.js";
import { decodeBase64 } from "../protocol/unpadded-base64.js";
import type { Given, Section } from "./context.js";
import type { IdentitySettings } from "./settings.js";
import { requireUserId } from "./user-id.js";

/** The id that the signature is listed under, whichever key was handed in. */
const ephemeralKeyId = "ed25519:0";

export const invitationSigning = (
  { invites, clock }: { readonly invites: Invites; readonly clock: Clock },
  { serverName }: Pick<IdentitySettings, "serverName">,
): Section<"blindlySignStuff" | "blindlySignStuffV2"> => {
  const blindlySignStuff = async ({ body: { mxid, token, private_key } }: Given<"blindlySignStuff", "body">) => {
    requireUserId("mxid", mxid);
    const sender = await invites.senderOf(token, clock.now());
    if (sender === undefined) throw protocolError("M_UNRECOGNIZED", { error: "No invite waits with this token." });
    const seed = decodeBase64(private_key);
    if (seed?.length !== seedLength) throw invalidParam("private_key", "must be an ed25519 seed in unpadded base64");
    const signed = signJson({ mxid, sender, token }, serverName, signingKeyOf(ephemeralKeyId, seed));
    return { status: 200, body: signed } as const;
  };

  return { blindlySignStuff, blindlySignStuffV2: blindlySignStuff };
};
