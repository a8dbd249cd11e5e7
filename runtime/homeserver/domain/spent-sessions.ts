import type { ProvenSession } from "../../ports/accounts.js";
import type { ValidationSessions } from "../../ports/validation-sessions.js";

export interface SpentSessions {
  /** Ends the validation sessions that an operation used up: whoever asks with the same secret gets a new one. */
  forget(sessions: readonly ProvenSession[]): Promise<void>;
}

export const spentSessions = (validationSessions: ValidationSessions): SpentSessions => ({
  async forget(sessions) {
    for (const { idServer, sid } of sessions) {
      if (idServer === undefined) await validationSessions.delete(sid);
    }
  },
});
