import type { AcceptedPolicies } from "../../ports/accepted-policies.js";
import type { Account, AccountStore } from "../../ports/account-store.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { Binding, RecordedBindings } from "../../ports/recorded-bindings.js";
import { protocolError } from "../../protocol/errors.js";
import { noGuest } from "./access.js";
import { provedAccount } from "./account-owner.js";
import { bindingName } from "./binding-turns.js";
import type { Bindings, UnbindResult } from "./bindings.js";
import type { CleanUp } from "./clean-up.js";
import type { TrustedServers } from "./identity-server-name.js";
import type { Authorised, Challenged, InteractiveAuth } from "./interactive-auth.js";
import type { SingleUse } from "./single-use.js";
import { someAtATime } from "./some-at-a-time.js";
import type { Stage } from "./stage.js";
import type { AuthAttempt } from "./stages.js";

export interface DeactivationRequest {
  readonly account: Account | undefined;
  /** Where to unbind besides everywhere the threepids are known to be bound. */
  readonly idServer: string | undefined;
  /** Whether to forget as much as can be. */
  readonly erase: boolean;
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
  readonly log: Logger;
}

export interface Deactivated {
  readonly outcome: "deactivated";
  /** `success` too when there was nothing to unbind. */
  readonly unbindResult: UnbindResult;
}

export interface Deactivations {
  /** Throws M_INVALID_PARAM, M_FORBIDDEN, M_LIMIT_EXCEEDED. */
  deactivate(request: DeactivationRequest): Promise<Deactivated | Challenged>;
}

interface DeactivationPorts {
  readonly accounts: AccountStore;
  readonly recordedBindings: RecordedBindings;
  readonly acceptedPolicies: AcceptedPolicies;
  readonly clock: Clock;
  readonly bindings: Bindings;
  readonly interactiveAuth: InteractiveAuth;
  readonly trusted: TrustedServers;
  readonly singleUse: SingleUse;
  readonly cleanUp: CleanUp;
}

/** The password tells whose account it is, and so does an address on it: neither needs a session. */
const flows: readonly (readonly Stage[])[] = [["m.login.password"], ["m.login.email.identity"], ["m.login.msisdn"]];

/** What nobody asks for is as if it had not been said: a client may still say so with its first stage. */
const given = (wish: boolean): string | undefined => (wish ? "true" : undefined);

/** Identity servers that are asked at the same time, for one account. */
const unbindsAtATime = 4;

export const deactivations = (ports: DeactivationPorts): Deactivations => {
  const { accounts, recordedBindings, acceptedPolicies, clock, bindings, interactiveAuth, trusted } = ports;
  const { singleUse, cleanUp } = ports;

  /** Every place once, some at a time: each that does not answer is waited for. */
  const unbindEach = async (places: readonly Binding[], log: Logger): Promise<readonly UnbindResult[]> => {
    const results: UnbindResult[] = [];
    await someAtATime(places, unbindsAtATime, async (place) => {
      results.push(await bindings.unbindForGood(place, log));
    });
    return results;
  };

  const unbindAll = async (mxid: string, idServer: string | undefined, log: Logger): Promise<UnbindResult> => {
    const recorded = await recordedBindings.list(mxid);
    const named =
      idServer === undefined
        ? []
        : (await accounts.threepids(mxid)).map(({ medium, address }) => ({ mxid, medium, address, idServer }));
    const places = new Map([...recorded, ...named].map((place) => [bindingName(place), place]));
    const results = await unbindEach([...places.values()], log);
    return results.every((result) => result === "success") ? "success" : "no-support";
  };

  const carryOut = async (request: DeactivationRequest, idServer: string | undefined, authorised: Authorised) => {
    const mxid = await provedAccount(accounts, request.account, authorised);
    const { outcome, unbindResult } = await singleUse(authorised, async () => {
      // First, while the bindings are known: a request that is cut off here is made anew, and nothing is left behind.
      // The account closes whatever an identity server says.
      const unbindResult = await unbindAll(mxid, idServer, request.log);
      return { unbindResult, outcome: await accounts.deactivate(mxid, clock.now(), request.erase) };
    });
    // Told only here: things were done on the strength of the claim, and it stays spent.
    if (outcome === "gone") throw protocolError("M_USER_DEACTIVATED");
    await cleanUp("forgetting bindings", () => recordedBindings.forgetAll(mxid));
    if (request.erase) await cleanUp("forgetting accepted policies", () => acceptedPolicies.forget(mxid));
    return { outcome: "deactivated", unbindResult } as const;
  };

  return {
    async deactivate(request) {
      const { account, erase, auth, clientIp } = request;
      if (account !== undefined) noGuest(account);
      const idServer = request.idServer === undefined ? undefined : trusted.nameOf(request.idServer);
      const authorisation = await interactiveAuth.authorise(
        { name: "deactivate", flows, caller: account?.mxid, parts: { idServer, erase: given(erase) }, clientIp },
        auth,
      );
      return authorisation.outcome === "challenged" ? authorisation : carryOut(request, idServer, authorisation);
    },
  };
};
