/** Invites and the keys that were made for them. In these tables times are seconds. */

import type { ImportTarget } from "../../ports/identity-import.js";
import type { SydentEphemeralKey, SydentInvite } from "../../ports/sydent-database.js";
import { newSeed, privateKeyOf, publicBytesOf } from "../../protocol/ed25519.js";
import { canonicalThreepid, isMedium } from "../../protocol/threepid.js";
import type { RandomSource } from "../../protocol/tokens.js";
import { encodeBase64Url } from "../../protocol/unpadded-base64.js";
import { type Count, digestOf } from "./tally.js";

const millisecondsOf = (seconds: number): number => Math.round(seconds * 1000);

/** A key that nobody was given: which of the keys that were belongs to which invite is not known. */
const nobodysKey = (random: RandomSource): string => encodeBase64Url(publicBytesOf(privateKeyOf(newSeed(random))));

export const moveInvites = (
  rows: Iterable<SydentInvite>,
  target: ImportTarget,
  { now, random }: { readonly now: number; readonly random: RandomSource },
  count: Count,
): void => {
  for (const { token, medium, address, roomId, sender, receivedSeconds, sentSeconds } of rows) {
    count.found();
    if (!isMedium(medium)) {
      count.leftOut("of a medium that is neither email nor msisdn");
    } else if (target.isNew(digestOf("invite", token, sentSeconds !== null))) {
      const times = {
        receivedAt: receivedSeconds === null ? now : millisecondsOf(receivedSeconds),
        deliveredAt: sentSeconds === null ? undefined : millisecondsOf(sentSeconds),
      };
      const threepid = canonicalThreepid(medium, address);
      const invite = { ...threepid, token, roomId, sender, ephemeralPublicKey: nobodysKey(random), ...times };
      count.changed(target.putInvite(invite));
    }
  }
};

export const moveEphemeralKeys = (
  rows: Iterable<SydentEphemeralKey>,
  target: ImportTarget,
  now: number,
  count: Count,
): void => {
  for (const { publicKey, madeSeconds } of rows) {
    count.found();
    if (!target.isNew(digestOf("ephemeral key", publicKey))) continue;
    count.changed(target.addEphemeralKey(publicKey, madeSeconds === null ? now : millisecondsOf(madeSeconds)));
  }
};
