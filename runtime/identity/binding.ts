/** Publishing an association: signed, stored with the notice to the user's homeserver, and answered with its invites. */

import type { Clock } from "../ports/clock.js";
import type { IdentityStorage } from "../ports/identity-storage.js";
import type { Threepid } from "../protocol/threepid.js";
import type { Keyring } from "../signing/keyring.js";
import { onbindKind, onbindNotice } from "./onbind.js";
import { type BodyWithInvites, signAssociation, signedBodyOf, signedBodyWithInvites } from "./signed-association.js";

export interface BindingPorts {
  readonly storage: Pick<IdentityStorage, "associations">;
  readonly keyring: Pick<Keyring, "current">;
  readonly clock: Clock;
  readonly wakeOutbox: (kind: string) => void;
}

/** What is answered for a binding. */
export type BoundBody = ReturnType<typeof signedBodyOf> & Partial<Pick<BodyWithInvites, "invites">>;

/** Binds a threepid, whose owner was proven or is trusted to be this user; who may ask was decided before. */
export const binding =
  ({ storage, keyring, clock, wakeOutbox }: BindingPorts, serverName: string) =>
  async (threepid: Threepid, mxid: string): Promise<BoundBody> => {
    const signer = { serverName, signingKey: await keyring.current() };
    const association = signAssociation(threepid, mxid, clock.now(), signer);
    let told: BodyWithInvites | undefined;
    const invites = await storage.associations.bind(association, (undelivered) => {
      told = signedBodyWithInvites(association, undelivered, signer);
      return onbindNotice(told);
    });
    wakeOutbox(onbindKind);
    if (invites.length === 0) return signedBodyOf(association);
    // Of all invites the homeserver is told of some, and most often of all: then both are told the same.
    return told?.invites.length === invites.length ? told : signedBodyWithInvites(association, invites, signer);
  };
