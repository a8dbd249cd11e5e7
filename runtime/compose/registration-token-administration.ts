/** What an operator does to a homeserver's registration tokens, beside the running server or without it. */

import type { Configuration } from "../config/schema.js";
import { momentOf } from "../homeserver/domain/registration-tokens.js";
import type { RegistrationToken } from "../ports/registration-tokens.js";
import { isRegistrationToken } from "../protocol/identifiers.js";
import { newSecret } from "../protocol/tokens.js";
import { sqliteRegistrationTokens } from "../storage/sqlite/homeserver-registration-tokens.js";
import { openAdministered } from "./administered-database.js";
import { type Surroundings, surroundings } from "./surroundings.js";

export interface WantedRegistrationToken {
  /** A token of the operator's choosing; a random one when absent. */
  readonly token?: string | undefined;
  /** How many accounts may come of it; any number when absent. */
  readonly uses?: number | undefined;
  /** Milliseconds since 1970; never when absent. */
  readonly expiresAt?: number | undefined;
}

export interface RegistrationTokenAdministration {
  /** Answers the token. Throws when there is such a one already, or it cannot be one. */
  issue(wanted: WantedRegistrationToken): Promise<string>;
  /** The newest first. */
  list(): Promise<readonly RegistrationToken[]>;
  /** Takes a token back, from registrations that are under way, too. Throws when there is none such. */
  revoke(token: string): Promise<void>;
  close(): void;
}

const inventedLength = 16;

/** @throws Error when the configuration has no homeserver, or that server has made no database yet. */
export const administrateRegistrationTokens = (
  configuration: Configuration,
  given: Partial<Surroundings> = {},
): RegistrationTokenAdministration => {
  const { homeserver } = configuration;
  if (homeserver === undefined) throw new Error("the configuration has no homeserver; add its section to it");
  const { clock, random } = surroundings(configuration, given);
  const connection = openAdministered("homeserver", homeserver, clock.now());
  const tokens = sqliteRegistrationTokens(connection);
  return {
    issue: async ({ token = newSecret(random, inventedLength), uses, expiresAt }) => {
      if (!isRegistrationToken(token)) {
        throw new Error(`"${token}" cannot be a token; use up to 64 characters of A-Z, a-z, 0-9 and . _ ~ -`);
      }
      const now = clock.now();
      if (expiresAt !== undefined && expiresAt <= now) {
        throw new Error("the token would have expired already; name a time to come");
      }
      if (await tokens.issue({ token, usesAllowed: uses, expiresAt, createdAt: now })) return token;
      throw new Error(`there is a token "${token}" already; revoke it first, or choose another`);
    },
    list: () => tokens.list(momentOf(clock.now())),
    revoke: async (token) => {
      if (await tokens.revoke(token)) return;
      throw new Error(`there is no token "${token}"; \`threepid registration-tokens list\` shows what there is`);
    },
    close: connection.close,
  };
};
