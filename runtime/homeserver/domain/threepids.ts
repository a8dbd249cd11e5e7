import type { Account, AccountStore, AccountThreepid } from "../../ports/account-store.js";
import type { Limiter } from "../../ports/limiter.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import { canonicalThreepid, type Medium } from "../../protocol/threepid.js";
import { limitTo } from "../../validation/dispatch.js";
import type { ThreepidSettings } from "../settings.js";
import { noGuest } from "./access.js";
import type { Bindings, UnbindResult } from "./bindings.js";
import { identityServer, type TrustedServers } from "./identity-server-name.js";
import { changesForbidden } from "./permitted-threepids.js";
import type { ThreepidAdditions } from "./threepid-addition.js";

/** All but listing throws M_FORBIDDEN for guests; adding and removing does so where the operator allows no changes. */
export interface Threepids extends ThreepidAdditions {
  list(account: Account): Promise<readonly AccountThreepid[]>;
  /**
   * Takes a threepid off the account, after it was unbound from the identity server named, or else from wherever it
   * was bound. A Matrix error of an identity server is thrown, and the threepid stays.
   */
  remove(account: Account, removal: ThreepidRemoval): Promise<UnbindResult>;
  /**
   * Has an identity server bind to the user what it validated for them, whoever else has it bound. Throws what the
   * identity server refuses with.
   */
  bind(account: Account, session: SessionElsewhere): Promise<void>;
  /** The first half of `remove`: the threepid stays on the account. */
  unbind(account: Account, removal: ThreepidRemoval): Promise<UnbindResult>;
}

export interface ThreepidRemoval {
  readonly medium: Medium;
  /** As the client wrote it. */
  readonly address: string;
  readonly idServer: string | undefined;
}

/** A validation session that an identity server keeps. */
export interface SessionElsewhere {
  readonly sid: string;
  readonly clientSecret: string;
  /** Any identity server, as the client sent it. */
  readonly idServer: string;
  readonly idAccessToken: string | undefined;
}

interface ThreepidPorts {
  readonly accounts: AccountStore;
  readonly recordedBindings: RecordedBindings;
  readonly limiter: Limiter;
  readonly additions: ThreepidAdditions;
  readonly bindings: Bindings;
  readonly trusted: TrustedServers;
  readonly settings: { readonly threepids: Pick<ThreepidSettings, "changes"> };
}

/** Everything must have been taken back, and there must have been something to take back. */
const combined = (results: readonly UnbindResult[]): UnbindResult =>
  results.length > 0 && results.every((result) => result === "success") ? "success" : "no-support";

export const accountThreepids = (ports: ThreepidPorts): Threepids => {
  const { accounts, recordedBindings, limiter, additions, bindings, trusted, settings } = ports;

  const mayChange = (account: Account): Account => {
    noGuest(account);
    if (settings.threepids.changes) return account;
    throw changesForbidden();
  };

  const unbind = async ({ mxid }: Account, { medium, address, idServer }: ThreepidRemoval): Promise<UnbindResult> => {
    await limitTo(limiter, "bind.mxid", mxid);
    const threepid = canonicalThreepid(medium, address);
    const recorded = (await recordedBindings.list(mxid)).filter(
      (binding) => binding.medium === medium && binding.address === threepid.address,
    );
    const places: readonly Binding[] =
      idServer === undefined ? recorded : [{ ...threepid, mxid, idServer: trusted.nameOf(idServer) }];
    const results: UnbindResult[] = [];
    for (const place of places) results.push(await bindings.unbind(place));
    return combined(results);
  };

  return {
    list: ({ mxid }) => accounts.threepids(mxid),
    add: async (addition) => additions.add({ ...addition, account: mayChange(addition.account) }),
    addAtOnce: async (addition) => additions.addAtOnce({ ...addition, account: mayChange(addition.account) }),

    async remove(account, removal) {
      const result = await unbind(mayChange(account), removal);
      await accounts.removeThreepid(account.mxid, canonicalThreepid(removal.medium, removal.address));
      return result;
    },

    async bind(account, { sid, clientSecret, idServer, idAccessToken }) {
      const { mxid } = noGuest(account);
      await limitTo(limiter, "bind.mxid", mxid);
      const server = identityServer(trusted.nameOf(idServer), idAccessToken);
      await bindings.bindSession(mxid, server, { sid, clientSecret });
    },

    unbind: async (account, removal) => unbind(noGuest(account), removal),
  };
};
