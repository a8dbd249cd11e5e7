/** The `auth` of r0: its clients name a validated session in either of two ways. */

import type { AuthData } from "../../../generated/client-server/index.js";
import { attemptOf } from "../auth-data.js";
import type { AuthAttempt } from "../domain/stages.js";

/** `threepidCreds`, and a list of one, are what r0 says; `threepid_creds` is what its clients came to send. */
export const authAttempt = (auth: AuthData | undefined): AuthAttempt | undefined =>
  attemptOf(auth, auth?.threepid_creds ?? auth?.threepidCreds);
