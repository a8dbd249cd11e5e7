import type { Account, AccountStore, AccountThreepid } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import { invalidParam, protocolError } from "../../protocol/errors.js";
import { canonicalThreepid, type Medium } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import { noGuest } from "./access.js";
import type { Bindings, UnbindResult } from "./bindings.js";
import type { TrustedServers } from "./identity-server-name.js";
import type { PermittedThreepids } from "./permitted-threepids.js";
import { type ProveThreepid, proofFailure, type ThreepidCredentials } from "./threepid-proof.js";

export interface Threepids {
  list(account: Account): Promise<readonly AccountThreepid[]>;
  /**
   * Puts a proved threepid on the account, and has it bound when `bind` says so. Adding it again changes nothing.
   * Throws M_THREEPID_AUTH_FAILED, M_SERVER_NOT_TRUSTED, M_THREEPID_DENIED, M_THREEPID_IN_USE, and what the identity
   * server refuses to bind with: then the threepid is on the account, unbound.
   */
  add(account: Account, credentials: ThreepidCredentials, bind: boolean): Promise<void>;
  /**
   * Takes a threepid off the account, after it was unbound from the identity server named, or else from wherever it
   * was bound. A Matrix error of an identity server is thrown, and the threepid stays.
   */
  remove(account: Account, removal: ThreepidRemoval): Promise<UnbindResult>;
}

export interface ThreepidRemoval {
  readonly medium: Medium;
  /** As the client wrote it. */
  readonly address: string;
  readonly idServer: string | undefined;
}

interface ThreepidPorts {
  readonly accounts: AccountStore;
  readonly recordedBindings: RecordedBindings;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly prove: ProveThreepid;
  readonly permitted: PermittedThreepids;
  readonly bindings: Bindings;
  readonly trusted: TrustedServers;
}

/** Everything must have been taken back, and there must have been something to take back. */
const combined = (results: readonly UnbindResult[]): UnbindResult =>
  results.length > 0 && results.every((result) => result === "success") ? "success" : "no-support";

export const accountThreepids = (ports: ThreepidPorts): Threepids => {
  const { accounts, recordedBindings, clock, limiter, prove, permitted, bindings, trusted } = ports;
  return {
    list: ({ mxid }) => accounts.threepids(mxid),

    async add(account, credentials, bind) {
      const { mxid } = noGuest(account);
      await limitTo(limiter, "bind.mxid", mxid);
      const attempt = await prove(credentials, "add");
      if (attempt.outcome !== "proven") throw proofFailure(attempt);
      const { medium, address, validatedAt, idServer } = attempt.proof;
      permitted.require({ medium, address });
      if (bind && idServer === undefined) {
        throw invalidParam("bind", "needs a session of an identity server; this one is the homeserver's own");
      }
      const outcome = await accounts.addThreepid(mxid, { medium, address, validatedAt, addedAt: clock.now() });
      if (outcome === "taken") throw protocolError("M_THREEPID_IN_USE");
      if (outcome === "gone") throw protocolError("M_UNKNOWN_TOKEN");
      if (bind) await bindings.bind(mxid, attempt.proof, credentials.idAccessToken);
    },

    async remove(account, { medium, address, idServer }) {
      const { mxid } = noGuest(account);
      await limitTo(limiter, "bind.mxid", mxid);
      const threepid = canonicalThreepid(medium, address);
      const recorded = (await recordedBindings.list(mxid)).filter(
        (binding) => binding.medium === medium && binding.address === threepid.address,
      );
      const places: readonly Binding[] =
        idServer === undefined ? recorded : [{ ...threepid, mxid, idServer: trusted.nameOf(idServer) }];
      const results: UnbindResult[] = [];
      for (const place of places) results.push(await bindings.unbind(place));
      await accounts.removeThreepid(mxid, threepid);
      return combined(results);
    },
  };
};
