/** Alice, who has an account, the address that she proves, and where she has it. */

import { type Changes, homeserver, registerUser } from "./homeserver.js";

export const alice = "@alice:example.org";
export const address = "alice@example.org";
export const at = { validatedAt: 1, addedAt: 1 };

/** A session in which an address is validated, as clients name it. */
export interface Session {
  readonly sid: string;
  readonly client_secret: string;
}

export const homeserverOfAlice = async (changes: Changes = {}) => {
  const server = homeserver(changes);
  const { accessToken } = await registerUser(server, "alice");
  return { server, accessToken };
};
