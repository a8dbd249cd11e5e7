import type { Claim, Claims } from "../../ports/claims.js";
import type { Clock } from "../../ports/clock.js";
import type { ValidationSessions } from "../../ports/validation-sessions.js";
import { ProtocolError, protocolError } from "../../protocol/errors.js";
import type { CleanUp } from "./clean-up.js";

/** A registration token ended between its stage and the account that was to come of it. Nothing was used up. */
export class RegistrationTokenEnded extends Error {
  override readonly name = "RegistrationTokenEnded";
}

/**
 * Carries an operation out on the strength of a claim, which is good for one. Throws M_FORBIDDEN when it was used
 * before or has ended, and {@link RegistrationTokenEnded}. An operation that refuses, by a ProtocolError, must have changed nothing:
 * its claim may be used again. After any other failure, or a crash, nobody knows whether it was carried out, and the
 * claim stays spent: the user authenticates anew, and nothing happens twice.
 */
export type SingleUse = <Result>(claim: Claim, operation: () => Promise<Result>) => Promise<Result>;

interface SingleUsePorts {
  readonly claims: Claims;
  readonly validationSessions: ValidationSessions;
  readonly clock: Clock;
  readonly cleanUp: CleanUp;
}

export const singleUse =
  ({ claims, validationSessions, clock, cleanUp }: SingleUsePorts): SingleUse =>
  async (claim, operation) => {
    const carryOut = async () => {
      try {
        return await operation();
      } catch (error) {
        if (error instanceof ProtocolError) await claims.release(claim);
        throw error;
      }
    };

    const reserved = await claims.reserve(claim, clock.now());
    if (reserved === "token-ended") throw new RegistrationTokenEnded();
    if (reserved === "spent") {
      throw protocolError("M_FORBIDDEN", {
        error: "This authentication was used before, or has ended. Please start again.",
      });
    }
    const result = await carryOut();
    // A session of our own has done its work: whoever asks with the same secret gets a new one.
    const own = claim.provenSessions.filter(({ idServer }) => idServer === undefined);
    for (const { sid } of own) await cleanUp("ending a validation session", () => validationSessions.delete(sid));
    return result;
  };
