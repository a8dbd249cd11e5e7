/** What whoever has made an account is answered, in the same words in every era. */

import type { Registered } from "./domain/registration.js";
import { sessionBody } from "./session-body.js";

export const registeredAnswer = ({ mxid, session }: Registered, serverName: string) => {
  const account = { user_id: mxid, home_server: serverName };
  const body = session === undefined ? account : { ...account, ...sessionBody(session) };
  return { status: 200, body } as const;
};
