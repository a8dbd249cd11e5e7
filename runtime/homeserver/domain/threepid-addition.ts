import type { Account, AccountStore } from "../../ports/account-store.js";
import type { ProvenSession } from "../../ports/claims.js";
import type { Clock } from "../../ports/clock.js";
import type { Limiter } from "../../ports/limiter.js";
import { invalidParam, protocolError } from "../../protocol/errors.js";
import { limitTo } from "../../validation/dispatch.js";
import { provedAccount } from "./account-owner.js";
import type { AccountProofs } from "./account-proofs.js";
import type { Bindings } from "./bindings.js";
import type { Challenged, InteractiveAuth } from "./interactive-auth.js";
import type { PermittedThreepids } from "./permitted-threepids.js";
import type { SingleUse } from "./single-use.js";
import type { AuthAttempt } from "./stages.js";
import { type ProveThreepid, proofFailure, type ThreepidCredentials, type ThreepidProof } from "./threepid-proof.js";

/** A threepid to add, by somebody who proves once more whose the account is. */
export interface Addition {
  readonly account: Account;
  readonly credentials: ThreepidCredentials;
  readonly auth: AuthAttempt | undefined;
  readonly clientIp: string;
}

/** A threepid to add on the strength of the access token alone. */
export interface AdditionAtOnce {
  readonly account: Account;
  readonly credentials: ThreepidCredentials;
  /** Whether to have it bound to the user, too. */
  readonly bind: boolean;
  readonly clientIp: string;
}

export interface ThreepidAdditions {
  /**
   * Puts a proved threepid on the account, after interactive authentication. Throws M_FORBIDDEN where the account has
   * nothing to authenticate with, M_THREEPID_AUTH_FAILED, M_SERVER_NOT_TRUSTED, M_THREEPID_MEDIUM_NOT_SUPPORTED,
   * M_THREEPID_DENIED, M_THREEPID_IN_USE, M_LIMIT_EXCEEDED.
   */
  add(addition: Addition): Promise<{ readonly outcome: "added" } | Challenged>;
  /**
   * The same on the strength of the access token alone, as clients did before; and has the threepid bound when `bind`
   * says so. Throws what the identity server refuses to bind with, too: then the threepid is on the account, unbound, and
   * the same request may be made again.
   */
  addAtOnce(addition: AdditionAtOnce): Promise<void>;
}

interface AdditionPorts {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly prove: ProveThreepid;
  readonly permitted: PermittedThreepids;
  readonly bindings: Bindings;
  readonly interactiveAuth: InteractiveAuth;
  readonly accountProofs: AccountProofs;
  readonly singleUse: SingleUse;
}

const sessionOf = ({ idServer, sid }: ThreepidProof): ProvenSession => ({ idServer, sid });

export const threepidAdditions = (ports: AdditionPorts): ThreepidAdditions => {
  const { accounts, clock, limiter, prove, permitted, bindings, interactiveAuth, accountProofs, singleUse } = ports;

  const proven = async (
    { credentials, clientIp }: Pick<Addition, "credentials" | "clientIp">,
    refusedWith: 400 | 403,
  ): Promise<ThreepidProof> => {
    const attempt = await prove(credentials, "add", clientIp);
    if (attempt.outcome !== "proven") throw proofFailure(attempt, refusedWith);
    permitted.require(attempt.proof);
    return attempt.proof;
  };

  const put = async (mxid: string, { medium, address, validatedAt }: ThreepidProof): Promise<void> => {
    const outcome = await accounts.addThreepid(mxid, { medium, address, validatedAt, addedAt: clock.now() });
    if (outcome === "taken") throw protocolError("M_THREEPID_IN_USE");
    if (outcome === "gone") throw protocolError("M_UNKNOWN_TOKEN");
  };

  return {
    async add({ account, credentials, auth, clientIp }) {
      const { mxid } = account;
      const { sid, clientSecret } = credentials;
      const authorisation = await interactiveAuth.authorise(
        { name: "add", flows: await accountProofs(mxid), caller: mxid, parts: { sid, clientSecret }, clientIp },
        auth,
      );
      if (authorisation.outcome === "challenged") return authorisation;
      await provedAccount(accounts, account, authorisation);
      await limitTo(limiter, "bind.mxid", mxid);
      const proof = await proven({ credentials, clientIp }, 400);
      const { interactiveSession, provenSessions } = authorisation;
      const claim = { interactiveSession, provenSessions: [...provenSessions, sessionOf(proof)] };
      await singleUse(claim, () => put(mxid, proof));
      return { outcome: "added" };
    },

    async addAtOnce({ account: { mxid }, credentials, bind, clientIp }) {
      await limitTo(limiter, "bind.mxid", mxid);
      const proof = await proven({ credentials, clientIp }, 403);
      if (bind && proof.idServer === undefined) {
        throw invalidParam("bind", "needs a session of an identity server; this one is the homeserver's own");
      }
      // What is there already needs no proof: the request may be repeated until the identity server has bound it.
      if ((await accounts.ownerOf(proof)) !== mxid) {
        await singleUse({ interactiveSession: undefined, provenSessions: [sessionOf(proof)] }, () => put(mxid, proof));
      }
      if (bind) await bindings.bind(mxid, proof, credentials.idAccessToken);
    },
  };
};
